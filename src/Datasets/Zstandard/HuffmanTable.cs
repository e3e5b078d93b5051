using System.Numerics;

namespace FineTune.Datasets.Zstandard;

/// <summary>A Huffman decoding table (RFC 8878, 4.2).</summary>
internal sealed class HuffmanTable
{
    private const int MaxBits = 11;
    private const int MaxSymbols = 256;

    private readonly byte[] _symbols;
    private readonly byte[] _lengths;
    private readonly int _bits;

    private HuffmanTable(ReadOnlySpan<byte> weights, int bits)
    {
        _bits = bits;
        _symbols = new byte[1 << bits];
        _lengths = new byte[1 << bits];
        int at = 0;
        for (int weight = 1; weight <= bits; weight++)
        {
            for (int symbol = 0; symbol < weights.Length; symbol++)
            {
                if (weights[symbol] == weight)
                {
                    int count = 1 << (weight - 1);
                    _symbols.AsSpan(at, count).Fill((byte)symbol);
                    _lengths.AsSpan(at, count).Fill((byte)(bits + 1 - weight));
                    at += count;
                }
            }
        }
    }

    /// <summary>Reads a table's description.</summary>
    /// <param name="bytes">The bytes that begin with it.</param>
    /// <param name="length">Bytes of the description.</param>
    public static HuffmanTable Read(ReadOnlySpan<byte> bytes, out int length)
    {
        Span<byte> weights = stackalloc byte[MaxSymbols];
        int header = bytes.IsEmpty ? throw ZstandardStream.Damaged() : bytes[0];
        int count;
        if (header >= 128)
        {
            count = header - 127;
            length = 1 + ((count + 1) / 2);
            if (bytes.Length < length)
            {
                throw ZstandardStream.Damaged();
            }

            for (int i = 0; i < count; i++)
            {
                weights[i] = (byte)(i % 2 == 0 ? bytes[1 + (i / 2)] >> 4 : bytes[1 + (i / 2)] & 15);
            }
        }
        else
        {
            length = 1 + header;
            count = bytes.Length < length ? throw ZstandardStream.Damaged() : ReadWeights(bytes[1..length], weights);
        }

        return Create(weights, count);
    }

    /// <summary>Decodes a stream.</summary>
    public void Decode(ReadOnlySpan<byte> stream, Span<byte> target)
    {
        var bits = new BackwardBits(stream);
        for (int i = 0; i < target.Length; i++)
        {
            int state = (int)bits.Peek(_bits);
            target[i] = _symbols[state];
            bits.Skip(_lengths[state]);
        }

        if (bits.Left != 0)
        {
            throw ZstandardStream.Damaged();
        }
    }

    private static HuffmanTable Create(Span<byte> weights, int count)
    {
        int sum = 0;
        foreach (byte weight in weights[..count])
        {
            sum += weight > MaxBits ? throw ZstandardStream.Damaged() : (1 << weight) >> 1;
        }

        int bits = sum == 0 ? throw ZstandardStream.Damaged() : BitOperations.Log2((uint)sum) + 1;
        int left = (1 << bits) - sum;
        if (bits > MaxBits || !BitOperations.IsPow2(left) || count >= MaxSymbols)
        {
            throw ZstandardStream.Damaged();
        }

        weights[count] = (byte)(BitOperations.Log2((uint)left) + 1);
        return new HuffmanTable(weights[..(count + 1)], bits);
    }

    /// <summary>Two states take turns, until the bits are used up.</summary>
    private static int ReadWeights(ReadOnlySpan<byte> bytes, Span<byte> weights)
    {
        const int MaxAccuracy = 6;
        var table = FseTable.Read(bytes, MaxAccuracy, maxSymbol: MaxBits + 1, out int length);
        var bits = new BackwardBits(bytes[length..]);
        int first = table.Begin(ref bits);
        int second = table.Begin(ref bits);
        int count = 0;
        while (count < MaxSymbols - 2)
        {
            weights[count++] = table.Symbol(first);
            first = table.Next(first, ref bits);
            if (bits.Left < 0)
            {
                weights[count++] = table.Symbol(second);
                return count;
            }

            weights[count++] = table.Symbol(second);
            second = table.Next(second, ref bits);
            if (bits.Left < 0)
            {
                weights[count++] = table.Symbol(first);
                return count;
            }
        }

        throw ZstandardStream.Damaged();
    }
}
