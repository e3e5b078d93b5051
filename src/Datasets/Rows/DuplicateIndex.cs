using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace FineTune.Datasets.Rows;

/// <summary>
/// Remembers rows by their hash, in an open hash table that takes 12 bytes a slot and no more slots than it may. When it is full it still finds
/// what it knows and takes in nothing new.
/// </summary>
internal sealed class DuplicateIndex
{
    private readonly int _maxSlots;
    private Slot[] _slots;
    private int _count;

    /// <param name="expectedRows">Rows to make room for from the start.</param>
    /// <param name="maxSlots">The most slots, a power of two.</param>
    public DuplicateIndex(long expectedRows, int maxSlots)
    {
        _maxSlots = maxSlots;
        _slots = Empty((int)Math.Min(maxSlots, (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1024, expectedRows))));
    }

    /// <summary>Whether rows were left out for want of room.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Starts to load what a look-up of this key will need: the table is larger than any cache, and several loads take no longer than one.</summary>
    public unsafe void Prefetch(ulong key)
    {
        if (Sse.IsSupported)
        {
            fixed (Slot* slot = &_slots[(int)key & (_slots.Length - 1)])
            {
                Sse.Prefetch0(slot);
            }
        }
    }

    /// <summary>Finds the row with this key, or remembers it.</summary>
    /// <returns>Whether there was one; then <paramref name="row"/> is the earlier one.</returns>
    public bool Find(ulong key, ref uint row)
    {
        ref Slot slot = ref Of(key);
        if (slot.Key == NotZero(key))
        {
            row = slot.Row;
            return true;
        }

        if (_count >= _slots.Length / 4 * 3)
        {
            if (_slots.Length == _maxSlots)
            {
                IsFull = true;
                return false;
            }

            Grow();
            slot = ref Of(key);
        }

        slot = new Slot(NotZero(key), row);
        _count++;
        return false;
    }

    /// <summary>Finds the row with this key.</summary>
    public bool Contains(ulong key, out uint row)
    {
        ref Slot slot = ref Of(key);
        row = slot.Row;
        return slot.Key == NotZero(key);
    }

    /// <summary>
    /// A table whose memory is written to at once. Fresh memory that is read before it is written to is given twice by the operating system, the second
    /// time with an interrupt of all other processors, and slots are read first.
    /// </summary>
    private static Slot[] Empty(int slots)
    {
        Slot[] empty = GC.AllocateUninitializedArray<Slot>(slots);
        empty.AsSpan().Clear();
        return empty;
    }

    /// <summary>Zero marks an empty slot.</summary>
    private static ulong NotZero(ulong key) => key == 0 ? 1 : key;

    private ref Slot Of(ulong key)
    {
        key = NotZero(key);
        int mask = _slots.Length - 1;
        int slot = (int)key & mask;
        while (_slots[slot].Key != 0 && _slots[slot].Key != key)
        {
            slot = (slot + 1) & mask;
        }

        return ref _slots[slot];
    }

    private void Grow()
    {
        Slot[] slots = _slots;
        _slots = Empty(slots.Length * 2);
        foreach (ref readonly Slot slot in slots.AsSpan())
        {
            if (slot.Key != 0)
            {
                Of(slot.Key) = slot;
            }
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private readonly struct Slot(ulong key, uint row)
    {
        public readonly ulong Key = key;
        public readonly uint Row = row;
    }
}
