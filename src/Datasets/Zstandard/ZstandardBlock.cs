using System.Buffers.Binary;

namespace FineTune.Datasets.Zstandard;

/// <summary>Decodes compressed blocks (RFC 8878, 3.1.1.3), with what blocks of a frame take over from each other.</summary>
internal sealed class ZstandardBlock
{
    private const int MaxLiterals = 1 << 17;

    private static readonly FseTable PredefinedLiteralLengths = new(6,
        [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1]);

    private static readonly FseTable PredefinedMatchLengths = new(6,
        [1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1]);

    private static readonly FseTable PredefinedOffsets = new(5,
        [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1]);

    private static readonly int[] LiteralBases =
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

    private static readonly byte[] LiteralBits =
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    private static readonly int[] MatchBases =
        [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539];

    private static readonly byte[] MatchBits =
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    private readonly byte[] _literals = new byte[MaxLiterals];
    private HuffmanTable? _huffman;
    private FseTable? _literalLengths;
    private FseTable? _matchLengths;
    private FseTable? _offsets;
    private (int First, int Second, int Third) _repeats;

    /// <summary>Forgets what earlier frames left.</summary>
    public void BeginFrame()
    {
        (_huffman, _literalLengths, _matchLengths, _offsets) = (null, null, null, null);
        _repeats = (1, 4, 8);
    }

    /// <summary>Decodes a block.</summary>
    /// <param name="block">Its bytes.</param>
    /// <param name="output">Takes what it holds, behind what came before.</param>
    /// <param name="at">Where it goes.</param>
    /// <param name="limit">Where it must end.</param>
    /// <param name="window">How far it may look back.</param>
    /// <returns>Where it ends.</returns>
    public int Decode(ReadOnlySpan<byte> block, byte[] output, int at, int limit, int window)
    {
        int literals = ReadLiterals(ref block);
        int sequences = ReadCount(ref block);
        ReadOnlySpan<byte> rest = _literals.AsSpan(0, literals);
        if (sequences > 0)
        {
            ReadTables(ref block);
            at = ReadSequences(block, sequences, ref rest, output, at, limit, window);
        }
        else if (!block.IsEmpty)
        {
            throw ZstandardStream.Damaged();
        }

        if (rest.Length > limit - at)
        {
            throw ZstandardStream.Damaged();
        }

        rest.CopyTo(output.AsSpan(at));
        return at + rest.Length;
    }

    private int ReadLiterals(ref ReadOnlySpan<byte> block)
    {
        Span<byte> header = stackalloc byte[8];
        header.Clear();
        block[..Math.Min(block.Length, 5)].CopyTo(header);
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(header);
        int format = (int)(value >> 2) & 3;
        int type = (int)value & 3;
        if (type < 2)
        {
            (int headerBytes, int size) = format switch
            {
                1 => (2, (int)(value >> 4) & 0xFFF),
                3 => (3, (int)(value >> 4) & 0xFFFFF),
                _ => (1, (int)(value >> 3) & 0x1F),
            };
            int stored = type == 0 ? size : 1;
            ReadOnlySpan<byte> content = Take(ref block, headerBytes + stored)[headerBytes..];
            Limit(size);
            if (type == 0)
            {
                content.CopyTo(_literals);
            }
            else
            {
                _literals.AsSpan(0, size).Fill(content[0]);
            }

            return size;
        }

        (int bytes, int bits) = format switch { 2 => (4, 14), 3 => (5, 18), _ => (3, 10) };
        int mask = (1 << bits) - 1;
        int regenerated = (int)(value >> 4) & mask;
        int compressed = (int)(value >> (4 + bits)) & mask;
        ReadOnlySpan<byte> stream = Take(ref block, bytes + compressed)[bytes..];
        Limit(regenerated);
        if (type == 2)
        {
            _huffman = HuffmanTable.Read(stream, out int length);
            stream = stream[length..];
        }

        HuffmanTable table = _huffman ?? throw ZstandardStream.Damaged();
        Span<byte> target = _literals.AsSpan(0, regenerated);
        if (format == 0)
        {
            table.Decode(stream, target);
        }
        else
        {
            DecodeFour(table, stream, target);
        }

        return regenerated;
    }

    private static void DecodeFour(HuffmanTable table, ReadOnlySpan<byte> stream, Span<byte> target)
    {
        const int JumpBytes = 6;
        ReadOnlySpan<byte> jumps = Take(ref stream, JumpBytes);
        int part = (target.Length + 3) / 4;
        if (part * 3 > target.Length)
        {
            throw ZstandardStream.Damaged();
        }

        for (int i = 0; i < 3; i++)
        {
            table.Decode(Take(ref stream, BinaryPrimitives.ReadUInt16LittleEndian(jumps[(i * 2)..])), target.Slice(i * part, part));
        }

        table.Decode(stream, target[(3 * part)..]);
    }

    private static int ReadCount(ref ReadOnlySpan<byte> block)
    {
        int first = Take(ref block, 1)[0];
        return first < 128 ? first
            : first < 255 ? ((first - 128) << 8) + Take(ref block, 1)[0]
            : BinaryPrimitives.ReadUInt16LittleEndian(Take(ref block, 2)) + 0x7F00;
    }

    private void ReadTables(ref ReadOnlySpan<byte> block)
    {
        int modes = Take(ref block, 1)[0];
        if ((modes & 3) != 0)
        {
            throw ZstandardStream.Damaged();
        }

        _literalLengths = ReadTable(ref block, modes >> 6, PredefinedLiteralLengths, _literalLengths, 9, LiteralBases.Length - 1);
        _offsets = ReadTable(ref block, (modes >> 4) & 3, PredefinedOffsets, _offsets, 8, 31);
        _matchLengths = ReadTable(ref block, (modes >> 2) & 3, PredefinedMatchLengths, _matchLengths, 9, MatchBases.Length - 1);
    }

    private static FseTable ReadTable(ref ReadOnlySpan<byte> block, int mode, FseTable predefined, FseTable? last, int maxAccuracy, int maxSymbol)
    {
        switch (mode)
        {
            case 0:
                return predefined;
            case 1:
                byte symbol = Take(ref block, 1)[0];
                return symbol <= maxSymbol ? new FseTable(symbol) : throw ZstandardStream.Damaged();
            case 2:
                var table = FseTable.Read(block, maxAccuracy, maxSymbol, out int length);
                block = block[length..];
                return table;
            default:
                return last ?? throw ZstandardStream.Damaged();
        }
    }

    private int ReadSequences(ReadOnlySpan<byte> stream, int count, ref ReadOnlySpan<byte> literals, byte[] output, int at, int limit, int window)
    {
        var bits = new BackwardBits(stream);
        int literalState = _literalLengths!.Begin(ref bits);
        int offsetState = _offsets!.Begin(ref bits);
        int matchState = _matchLengths!.Begin(ref bits);
        for (int i = 0; i < count; i++)
        {
            int offsetCode = _offsets.Symbol(offsetState);
            int matchCode = _matchLengths.Symbol(matchState);
            int literalCode = _literalLengths.Symbol(literalState);
            if (offsetCode > 28)
            {
                throw ZstandardStream.Damaged();
            }

            int offsetValue = (1 << offsetCode) + (int)bits.Read(offsetCode);
            int match = MatchBases[matchCode] + (int)bits.Read(MatchBits[matchCode]);
            int literal = LiteralBases[literalCode] + (int)bits.Read(LiteralBits[literalCode]);
            int offset = Offset(offsetValue, literal);
            if (bits.Left < 0 || literal > literals.Length || (long)literal + match > limit - at)
            {
                throw ZstandardStream.Damaged();
            }

            literals[..literal].CopyTo(output.AsSpan(at));
            literals = literals[literal..];
            at += literal;
            if (offset <= 0 || offset > at || offset > window + (1 << 17))
            {
                throw ZstandardStream.Damaged();
            }

            Copy(output, at, offset, match);
            at += match;
            if (i + 1 < count)
            {
                literalState = _literalLengths.Next(literalState, ref bits);
                matchState = _matchLengths.Next(matchState, ref bits);
                offsetState = _offsets.Next(offsetState, ref bits);
            }
        }

        return bits.Left == 0 ? at : throw ZstandardStream.Damaged();
    }

    /// <summary>The last three offsets have short names.</summary>
    private int Offset(int value, int literals)
    {
        (int first, int second, int third) = _repeats;
        if (value > 3)
        {
            _repeats = (value - 3, first, second);
            return value - 3;
        }

        int which = value - 1 + (literals == 0 ? 1 : 0);
        int offset = which switch { 0 => first, 1 => second, 2 => third, _ => first - 1 };
        _repeats = which switch { 0 => _repeats, 1 => (offset, first, third), _ => (offset, first, second) };
        return offset;
    }

    private static void Copy(byte[] output, int at, int offset, int count)
    {
        if (offset >= count)
        {
            output.AsSpan(at - offset, count).CopyTo(output.AsSpan(at));
            return;
        }

        for (int i = at; i < at + count; i++)
        {
            output[i] = output[i - offset];
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> block, int count)
    {
        if (block.Length < count)
        {
            throw ZstandardStream.Damaged();
        }

        ReadOnlySpan<byte> taken = block[..count];
        block = block[count..];
        return taken;
    }

    private static void Limit(int size)
    {
        if (size > MaxLiterals)
        {
            throw ZstandardStream.Damaged();
        }
    }
}
