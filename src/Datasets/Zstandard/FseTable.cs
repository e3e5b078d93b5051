using System.Numerics;

namespace FineTune.Datasets.Zstandard;

/// <summary>A decoding table of finite state entropy (RFC 8878, 4.1).</summary>
internal sealed class FseTable
{
    private readonly byte[] _symbols;
    private readonly byte[] _bits;
    private readonly ushort[] _bases;

    /// <summary>Makes a table of probabilities.</summary>
    /// <param name="accuracy">Binary logarithm of the number of states.</param>
    /// <param name="probabilities">Of each symbol; -1 is less than one.</param>
    public FseTable(int accuracy, ReadOnlySpan<short> probabilities)
    {
        Accuracy = accuracy;
        int size = 1 << accuracy;
        _symbols = new byte[size];
        _bits = new byte[size];
        _bases = new ushort[size];
        Span<int> next = stackalloc int[probabilities.Length];
        int high = size;
        for (int symbol = 0; symbol < probabilities.Length; symbol++)
        {
            next[symbol] = Math.Abs((int)probabilities[symbol]);
            if (probabilities[symbol] == -1)
            {
                _symbols[--high] = (byte)symbol;
            }
        }

        int step = (size >> 1) + (size >> 3) + 3;
        int at = 0;
        for (int symbol = 0; symbol < probabilities.Length; symbol++)
        {
            for (int i = 0; i < probabilities[symbol]; i++)
            {
                _symbols[at] = (byte)symbol;
                do
                {
                    at = (at + step) & (size - 1);
                }
                while (at >= high);
            }
        }

        for (int state = 0; state < size; state++)
        {
            int count = next[_symbols[state]]++;
            _bits[state] = (byte)(accuracy - BitOperations.Log2((uint)count));
            _bases[state] = (ushort)((count << _bits[state]) - size);
        }
    }

    /// <summary>A table of one symbol.</summary>
    public FseTable(byte symbol)
    {
        _symbols = [symbol];
        _bits = [0];
        _bases = [0];
    }

    /// <summary>Binary logarithm of the number of states.</summary>
    public int Accuracy { get; }

    /// <summary>Reads a table's description.</summary>
    /// <param name="bytes">The bytes that begin with it.</param>
    /// <param name="maxAccuracy">The most that it may have.</param>
    /// <param name="maxSymbol">The largest symbol that it may have.</param>
    /// <param name="length">Bytes of the description.</param>
    public static FseTable Read(ReadOnlySpan<byte> bytes, int maxAccuracy, int maxSymbol, out int length)
    {
        int position = 0;
        int accuracy = (int)Take(bytes, ref position, 4) + 5;
        if (accuracy > maxAccuracy)
        {
            throw ZstandardStream.Damaged();
        }

        Span<short> probabilities = stackalloc short[maxSymbol + 1];
        int symbol = 0;
        int remaining = 1 << accuracy;
        while (remaining > 0 && symbol <= maxSymbol)
        {
            int bits = BitOperations.Log2((uint)remaining + 1) + 1;
            int value = (int)Take(bytes, ref position, bits);
            int lowMask = (1 << (bits - 1)) - 1;
            int threshold = (1 << bits) - 1 - (remaining + 1);
            if ((value & lowMask) < threshold)
            {
                position--;
                value &= lowMask;
            }
            else if (value > lowMask)
            {
                value -= threshold;
            }

            short probability = (short)(value - 1);
            remaining -= Math.Abs(probability);
            probabilities[symbol++] = probability;
            if (probability == 0)
            {
                int zeros;
                do
                {
                    zeros = (int)Take(bytes, ref position, 2);
                    symbol += zeros;
                }
                while (zeros == 3 && symbol <= maxSymbol);
            }
        }

        length = (position + 7) / 8;
        if (remaining != 0 || symbol > maxSymbol + 1 || length > bytes.Length)
        {
            throw ZstandardStream.Damaged();
        }

        return new FseTable(accuracy, probabilities[..symbol]);
    }

    /// <summary>The symbol of a state.</summary>
    public byte Symbol(int state) => _symbols[state];

    /// <summary>The first state.</summary>
    public int Begin(ref BackwardBits bits) => (int)bits.Read(Accuracy);

    /// <summary>The next state.</summary>
    public int Next(int state, ref BackwardBits bits) => _bases[state] + (int)bits.Read(_bits[state]);

    private static uint Take(ReadOnlySpan<byte> bytes, ref int position, int count)
    {
        uint value = 0;
        for (int i = 0; i < count; i++, position++)
        {
            int index = position >> 3;
            value |= (index < bytes.Length ? (uint)(bytes[index] >> (position & 7)) & 1 : 0) << i;
        }

        return value;
    }
}
