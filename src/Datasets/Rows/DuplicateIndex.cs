using System.Numerics;

namespace FineTune.Datasets.Rows;

/// <summary>
/// Remembers rows by their hash, in an open hash table that takes 12 bytes a slot and no more slots than it may. When it is full it still finds
/// what it knows and takes in nothing new.
/// </summary>
internal sealed class DuplicateIndex
{
    private readonly int _maxSlots;
    private ulong[] _keys;
    private uint[] _rows;
    private int _count;

    /// <param name="expectedRows">Rows to make room for from the start.</param>
    /// <param name="maxSlots">The most slots, a power of two.</param>
    public DuplicateIndex(long expectedRows, int maxSlots)
    {
        _maxSlots = maxSlots;
        int slots = (int)Math.Min(maxSlots, (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1024, expectedRows)));
        _keys = new ulong[slots];
        _rows = new uint[slots];
    }

    /// <summary>Whether rows were left out for want of room.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Finds the row with this key, or remembers it.</summary>
    /// <returns>Whether there was one; then <paramref name="row"/> is the earlier one.</returns>
    public bool Find(ulong key, ref uint row)
    {
        key = key == 0 ? 1 : key;
        int slot = Slot(key);
        if (_keys[slot] == key)
        {
            row = _rows[slot];
            return true;
        }

        if (_count >= _keys.Length / 4 * 3)
        {
            if (_keys.Length == _maxSlots)
            {
                IsFull = true;
                return false;
            }

            Grow();
            slot = Slot(key);
        }

        _keys[slot] = key;
        _rows[slot] = row;
        _count++;
        return false;
    }

    /// <summary>Finds the row with this key.</summary>
    public bool Contains(ulong key, out uint row)
    {
        key = key == 0 ? 1 : key;
        int slot = Slot(key);
        row = _rows[slot];
        return _keys[slot] == key;
    }

    private int Slot(ulong key)
    {
        int mask = _keys.Length - 1;
        int slot = (int)key & mask;
        while (_keys[slot] != 0 && _keys[slot] != key)
        {
            slot = (slot + 1) & mask;
        }

        return slot;
    }

    private void Grow()
    {
        (ulong[] keys, uint[] rows) = (_keys, _rows);
        _keys = new ulong[keys.Length * 2];
        _rows = new uint[keys.Length * 2];
        for (int i = 0; i < keys.Length; i++)
        {
            if (keys[i] != 0)
            {
                int slot = Slot(keys[i]);
                _keys[slot] = keys[i];
                _rows[slot] = rows[i];
            }
        }
    }
}
