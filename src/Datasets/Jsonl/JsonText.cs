using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Text.Unicode;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Jsonl;

/// <summary>
/// Reads JSON strings. What is none, such as one with a raw line feed, an unknown escape, half of a surrogate pair or bytes that are not UTF-8, is not read.
/// </summary>
internal static unsafe class JsonText
{
    private const int BlockBytes = 64;

    /// <summary>Bytes of a character's UTF-8 sequence at most, but for the first.</summary>
    private const int MaxContinuations = 3;

    /// <summary>Anchors that are kept until they are hashed together.</summary>
    private const int KeptAnchors = 256;

    /// <summary>What stands for a character behind a backslash; 0 where there is no such escape, or it is longer.</summary>
    private static ReadOnlySpan<byte> Unescaped =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, (byte)'"', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)'/',
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)'\\', 0, 0, 0,
        0, 0, (byte)'\b', 0, 0, 0, (byte)'\f', 0, 0, 0, 0, 0, 0, 0, (byte)'\n', 0,
        0, 0, (byte)'\r', 0, (byte)'\t', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];

    /// <summary>Reads a string and measures its text, at once where the processor can (x86 with AVX-512 VBMI2), else one after the other.</summary>
    /// <param name="at">Where it should begin; after it, if it could be read.</param>
    /// <param name="end">The end of the row.</param>
    /// <param name="target">Takes the text, and up to <see cref="Conversation.Slack"/> bytes of anything behind it; after it, if it could be read.</param>
    /// <param name="counts">Takes the text's counts.</param>
    /// <param name="sketch">Takes the text's grams.</param>
    /// <returns>Whether it could be read.</returns>
    public static bool TryRead(ref byte* at, byte* end, ref byte* target, ref TextCounts counts, NearSketch sketch)
    {
        if (Avx512Vbmi2.IsSupported)
        {
            return TryReadBlocks(ref at, end, ref target, ref counts, sketch);
        }

        byte* text = target;
        if (!TryRead(ref at, end, ref target))
        {
            return false;
        }

        counts = TextMeasure.Measure(new ReadOnlySpan<byte>(text, (int)(target - text)), sketch);
        return true;
    }

    /// <summary>Reads a string.</summary>
    /// <param name="at">Where it should begin; after it, if it could be read.</param>
    /// <param name="end">The end of the row.</param>
    /// <param name="target">Takes the text, and up to <see cref="Conversation.Slack"/> bytes of anything behind it; after it, if it could be read.</param>
    /// <returns>Whether it could be read.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryRead(ref byte* at, byte* end, ref byte* target)
    {
        if (at == end || *at != '"')
        {
            return false;
        }

        byte* source = at + 1;
        byte* text = target;
        while (true)
        {
            while (end - source >= Vector256<byte>.Count)
            {
                Vector256<byte> block = Vector256.Load(source);
                block.Store(text);
                uint special = (Vector256.Equals(block, Vector256.Create((byte)'"')) | Vector256.Equals(block, Vector256.Create((byte)'\\'))
                    | Vector256.LessThan(block, Vector256.Create((byte)0x20))).ExtractMostSignificantBits();
                int clean = special == 0 ? Vector256<byte>.Count : BitOperations.TrailingZeroCount(special);
                source += clean;
                text += clean;
                if (special != 0)
                {
                    break;
                }
            }

            while (source < end && *source is not (byte)'"' and not (byte)'\\' and >= 0x20)
            {
                *text++ = *source++;
            }

            if (source == end || *source < 0x20)
            {
                return false;
            }

            if (*source == '"')
            {
                if (!Utf8.IsValid(new ReadOnlySpan<byte>(at + 1, (int)(source - at - 1))))
                {
                    return false;
                }

                at = source + 1;
                target = text;
                return true;
            }

            if (!TakeEscape(ref source, end, ref text))
            {
                return false;
            }
        }
    }

    private static bool TakeEscape(ref byte* source, byte* end, ref byte* text)
    {
        if (end - source < 2)
        {
            return false;
        }

        byte value = source[1] switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'"' => (byte)'"',
            (byte)'\\' => (byte)'\\',
            (byte)'t' => (byte)'\t',
            (byte)'r' => (byte)'\r',
            (byte)'/' => (byte)'/',
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            _ => 0,
        };
        if (value != 0)
        {
            *text++ = value;
            source += 2;
            return true;
        }

        if (source[1] != 'u' || !TakeUnit(ref source, end, out uint unit))
        {
            return false;
        }

        if (unit - 0xD800 < 0x800)
        {
            // Half of a pair alone is an error, which the other reader reports.
            if (unit >= 0xDC00 || end - source < 6 || source[0] != '\\' || source[1] != 'u' || !TakeUnit(ref source, end, out uint low) || low - 0xDC00 >= 0x400)
            {
                return false;
            }

            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        }

        // An escape is never shorter than what it stands for.
        text += new System.Text.Rune(unit).EncodeToUtf8(new Span<byte>(text, 4));
        return true;
    }

    private static bool TakeUnit(ref byte* source, byte* end, out uint unit)
    {
        unit = 0;
        if (end - source < 6)
        {
            return false;
        }

        for (int i = 2; i < 6; i++)
        {
            uint digit = source[i];
            digit = digit - '0' <= 9 ? digit - '0' : (digit | 0x20) - 'a' <= 5 ? (digit | 0x20) - 'a' + 10 : 16;
            if (digit > 15)
            {
                return false;
            }

            unit = (unit << 4) | digit;
        }

        source += 6;
        return true;
    }

    /// <summary>Reads and measures 64 bytes at a time: escapes are mapped and backslashes squeezed out without a branch for each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static bool TryReadBlocks(ref byte* at, byte* end, ref byte* target, ref TextCounts counts, NearSketch sketch)
    {
        if (at == end || *at != '"')
        {
            return false;
        }

        byte* tail = stackalloc byte[BlockBytes + MaxContinuations];
        int* anchors = stackalloc int[KeptAnchors];
        int kept = 0;
        byte* source = at + 1;
        byte* text = target;
        byte* write = target;
        byte* longEscape = null;
        ulong beyondAscii = 0;
        Vector512<byte> notUtf8 = Vector512<byte>.Zero;
        ulong isEscaped = 0;
        var carry = default(TextMeasure.Carry);
        bool isEnd = false;
        counts = default;
        while (!isEnd)
        {
            Vector512<byte> block;
            int length = BlockBytes;
            if (longEscape == null)
            {
                byte* from = end - source >= BlockBytes ? source : Tail(source, end, tail);
                block = Vector512.Load(from);
                ulong backslashes = Vector512.Equals(block, Vector512.Create((byte)'\\')).ExtractMostSignificantBits();
                ulong quotes = Vector512.Equals(block, Vector512.Create((byte)'"')).ExtractMostSignificantBits();
                ulong controls = Vector512.LessThan(block, Vector512.Create((byte)0x20)).ExtractMostSignificantBits();
                ulong escapes = 0;
                ulong escaped = 0;
                if ((backslashes | isEscaped) != 0)
                {
                    escapes = Escapes(backslashes, ref isEscaped, out escaped);
                    quotes &= ~escaped;
                }

                isEnd = quotes != 0;
                ulong inside = (quotes - 1) & ~quotes;
                if ((controls & inside) != 0)
                {
                    // Behind the row's end there are zeros.
                    return false;
                }

                ulong high = block.ExtractMostSignificantBits();
                if ((high | beyondAscii) != 0)
                {
                    notUtf8 |= NotUtf8(block, from);
                    beyondAscii = high >> (BlockBytes - MaxContinuations);
                }

                length = BitOperations.TrailingZeroCount(quotes);
                byte* next = source + length + (isEnd ? 1 : 0);
                if (((escapes | escaped) & inside) != 0)
                {
                    Vector512<byte> mapped = Avx512Vbmi.PermuteVar64x8x2(Vector512.LoadUnsafe(in MemoryMarshal.GetReference(Unescaped)), block,
                        Vector512.LoadUnsafe(in MemoryMarshal.GetReference(Unescaped), BlockBytes));
                    ulong others = (Vector512.Equals(mapped, Vector512<byte>.Zero).ExtractMostSignificantBits() | block.ExtractMostSignificantBits()) & escaped & inside;
                    if (others != 0)
                    {
                        // The rest of the block is read again behind the escape, whose backslash may be the last byte of the block before.
                        int place = BitOperations.TrailingZeroCount(others);
                        longEscape = source + place - 1;
                        inside &= place == 0 ? 0 : (1UL << (place - 1)) - 1;
                        isEnd = false;
                    }

                    escaped &= inside;
                    inside &= ~escapes;
                    length = BitOperations.PopCount(inside);
                    block = Avx512Vbmi2.Compress(Vector512<byte>.Zero, Mask(inside), Vector512.ConditionalSelect(Mask(escaped), mapped, block));
                }

                block.Store(write);
                source = next;
            }
            else
            {
                source = longEscape;
                byte* character = write;
                if (!TakeEscape(ref source, end, ref character))
                {
                    return false;
                }

                length = (int)(character - write);
                block = Vector512.Load(write);
                longEscape = null;
                isEscaped = 0;
            }

            ulong found = TextMeasure.Count(block, length, ref counts, ref carry);
            kept = TextMeasure.Keep(found, (int)(write - text), new Span<int>(anchors, KeptAnchors), kept);
            write += length;
            if (kept > KeptAnchors - BlockBytes)
            {
                // The last ones may begin where the text is not written yet.
                int added = sketch.AddAll(new ReadOnlySpan<byte>(text, (int)(write - text)), new ReadOnlySpan<int>(anchors, kept));
                new ReadOnlySpan<int>(anchors + added, kept - added).CopyTo(new Span<int>(anchors, KeptAnchors));
                kept -= added;
            }
        }

        if (notUtf8 != Vector512<byte>.Zero)
        {
            return false;
        }

        counts.Bytes = (int)(write - text);
        _ = sketch.AddAll(new ReadOnlySpan<byte>(text, counts.Bytes), new ReadOnlySpan<int>(anchors, kept));
        at = source;
        target = write;
        return true;
    }

    /// <summary>Finds what backslashes escape, a backslash itself among them (Langdale and Lemire, Parsing Gigabytes of JSON per Second, 2019).</summary>
    /// <param name="backslashes">Where backslashes are.</param>
    /// <param name="isEscaped">1 when the block before ends with an escape's backslash.</param>
    /// <param name="escaped">Takes where escaped bytes are.</param>
    /// <returns>Where the backslashes are that escape.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Escapes(ulong backslashes, ref ulong isEscaped, out ulong escaped)
    {
        const ulong Odd = 0xAAAAAAAAAAAAAAAA;
        ulong mayEscape = backslashes & ~isEscaped;
        ulong codes = (((mayEscape << 1) | Odd) - mayEscape) ^ Odd;
        escaped = codes ^ (backslashes | isEscaped);
        ulong escapes = codes & backslashes;
        isEscaped = escapes >> 63;
        return escapes;
    }

    private static bool IsUtf8(byte* start, byte* end) => Utf8.IsValid(new ReadOnlySpan<byte>(start, (int)(end - start)));

    /// <summary>Copies what is left of a row, with the bytes before it and zeros behind it.</summary>
    /// <returns>Where it begins.</returns>
    private static byte* Tail(byte* source, byte* end, byte* tail)
    {
        new Span<byte>(tail, BlockBytes + MaxContinuations).Clear();
        new ReadOnlySpan<byte>(source - MaxContinuations, (int)(end - source) + MaxContinuations).CopyTo(new Span<byte>(tail, BlockBytes + MaxContinuations));
        return tail + MaxContinuations;
    }

    /// <summary>Finds what is not UTF-8 (Keiser and Lemire, Validating UTF-8 In Less Than One Instruction Per Byte, 2021).</summary>
    /// <param name="block">The bytes.</param>
    /// <param name="from">Where they are: those before are read, too.</param>
    /// <returns>Zeros if there is no error.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> NotUtf8(Vector512<byte> block, byte* from)
    {
        const byte TooShort = 1 << 0, TooLong = 1 << 1, Overlong3 = 1 << 2, TooLarge = 1 << 3, Surrogate = 1 << 4, Overlong2 = 1 << 5, TooLarge1000 = 1 << 6, Overlong4 = 1 << 6, TwoContinuations = 1 << 7;
        const byte Carry = TooShort | TooLong | TwoContinuations;
        Vector512<byte> nibble = Vector512.Create((byte)0xF);
        Vector512<byte> first = Vector512.Load(from - 1);
        Vector512<byte> byFirstHigh = Shuffle(Vector128.Create(
            TooLong, TooLong, TooLong, TooLong, TooLong, TooLong, TooLong, TooLong, TwoContinuations, TwoContinuations, TwoContinuations, TwoContinuations,
            TooShort | Overlong2, TooShort, TooShort | Overlong3 | Surrogate, TooShort | TooLarge | TooLarge1000 | Overlong4), (first >>> 4) & nibble);
        Vector512<byte> byFirstLow = Shuffle(Vector128.Create(
            Carry | Overlong3 | Overlong2 | Overlong4, Carry | Overlong2, Carry, Carry, Carry | TooLarge, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000,
            Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000,
            Carry | TooLarge | TooLarge1000 | Surrogate, Carry | TooLarge | TooLarge1000, Carry | TooLarge | TooLarge1000), first & nibble);
        Vector512<byte> bySecondHigh = Shuffle(Vector128.Create(
            TooShort, TooShort, TooShort, TooShort, TooShort, TooShort, TooShort, TooShort,
            TooLong | Overlong2 | TwoContinuations | Overlong3 | TooLarge1000 | Overlong4, TooLong | Overlong2 | TwoContinuations | Overlong3 | TooLarge,
            TooLong | Overlong2 | TwoContinuations | Surrogate | TooLarge, TooLong | Overlong2 | TwoContinuations | Surrogate | TooLarge,
            TooShort, TooShort, TooShort, TooShort), (block >>> 4) & nibble);
        Vector512<byte> thirdOrFourth = Avx512BW.SubtractSaturate(Vector512.Load(from - 2), Vector512.Create((byte)(0xE0 - 0x80)))
            | Avx512BW.SubtractSaturate(Vector512.Load(from - 3), Vector512.Create((byte)(0xF0 - 0x80)));
        return (thirdOrFourth & Vector512.Create((byte)0x80)) ^ (byFirstHigh & byFirstLow & bySecondHigh);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Shuffle(Vector128<byte> table, Vector512<byte> indices) => Avx512BW.Shuffle(Vector512.Create(Vector256.Create(table, table), Vector256.Create(table, table)), indices);

    /// <summary>A byte of ones for each bit that is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Mask(ulong bits)
    {
        Vector512<byte> bit = Vector512.Create(0x8040201008040201UL).AsByte();
        Vector512<byte> bytes = Avx512BW.Shuffle(Vector512.Create(bits).AsByte(), Vector512.Create(
            Vector256.Create(0x0000000000000000UL, 0x0101010101010101UL, 0x0202020202020202UL, 0x0303030303030303UL).AsByte(),
            Vector256.Create(0x0404040404040404UL, 0x0505050505050505UL, 0x0606060606060606UL, 0x0707070707070707UL).AsByte()));
        return Vector512.Equals(bytes & bit, bit);
    }
}
