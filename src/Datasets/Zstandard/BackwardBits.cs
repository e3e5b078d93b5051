using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace FineTune.Datasets.Zstandard;

/// <summary>Reads bits from the end of a buffer to its beginning, as Huffman and FSE streams are written. The highest bit set of the last byte marks the end.</summary>
[StructLayout(LayoutKind.Auto)]
internal ref struct BackwardBits
{
    private readonly ReadOnlySpan<byte> _bytes;

    /// <exception cref="InvalidDataException">There is no mark.</exception>
    public BackwardBits(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes[^1] == 0)
        {
            throw ZstandardStream.Damaged();
        }

        _bytes = bytes;
        Left = ((bytes.Length - 1) * 8) + BitOperations.Log2(bytes[^1]);
    }

    /// <summary>Bits not read yet; negative when more were read than there are.</summary>
    public int Left { get; private set; }

    /// <summary>Reads bits, at most 32; beyond the beginning they are 0.</summary>
    public uint Read(int count)
    {
        uint value = Peek(count);
        Left -= count;
        return value;
    }

    /// <summary>Reads over bits.</summary>
    public void Skip(int count) => Left -= count;

    /// <summary>Looks at the next bits.</summary>
    public readonly uint Peek(int count)
    {
        int at = Left - count;
        if (at < 0)
        {
            return Left <= 0 ? 0 : Load(0, Left) << -at;
        }

        return Load(at, count);
    }

    private readonly uint Load(int at, int count)
    {
        int index = at >> 3;
        ulong word = 0;
        if (index + sizeof(ulong) <= _bytes.Length)
        {
            word = BinaryPrimitives.ReadUInt64LittleEndian(_bytes[index..]);
        }
        else
        {
            for (int i = _bytes.Length - 1; i >= index; i--)
            {
                word = (word << 8) | _bytes[i];
            }
        }

        return (uint)((word >> (at & 7)) & ((1UL << count) - 1));
    }
}
