using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FineTune.Datasets.Rows;

/// <summary>
/// Counts what statistics, token estimate and rules need, and sketches a text for near duplicates: one pass, 64 bytes at a time, each question
/// about them answered by one bit a byte.
/// </summary>
internal static class TextMeasure
{
    /// <summary>Bytes from an anchor on that are compared between texts.</summary>
    public const int GramBytes = 16;

    private const int BlockBytes = 64;

    /// <summary>Anchors that are kept until they are hashed together, which the processor predicts better than a few at a time.</summary>
    private const int KeptAnchors = 256;

    /// <summary>Measures a text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="sketch">Takes the text's grams.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static TextCounts Measure(ReadOnlySpan<byte> text, NearSketch sketch)
    {
        Span<int> anchors = stackalloc int[KeptAnchors];
        Span<byte> rest = stackalloc byte[BlockBytes];
        var counts = new TextCounts { Bytes = text.Length };
        var carry = default(Carry);
        int kept = 0;
        ref byte start = ref MemoryMarshal.GetReference(text);
        for (int at = 0; at < text.Length; at += BlockBytes)
        {
            int length = Math.Min(text.Length - at, BlockBytes);
            scoped ref byte block = ref Unsafe.Add(ref start, at);
            if (length < BlockBytes)
            {
                text[at..].CopyTo(rest);
                block = ref MemoryMarshal.GetReference(rest);
            }

            ulong found = Vector512.IsHardwareAccelerated
                ? Count(Vector512.LoadUnsafe(ref block), length, ref counts, ref carry)
                : Count(Of256(ref block), length, ref counts, ref carry);
            kept = Keep(found, at, anchors, kept);
            if (kept > KeptAnchors - BlockBytes)
            {
                _ = sketch.AddAll(text, anchors[..kept]);
                kept = 0;
            }
        }

        _ = sketch.AddAll(text, anchors[..kept]);
        return counts;
    }

    /// <summary>Counts what is in a part of a text.</summary>
    /// <param name="block">The part.</param>
    /// <param name="length">Bytes of it, from 0 to 64; the rest may be anything.</param>
    /// <param name="counts">Is added to.</param>
    /// <param name="carry">How the part before ended.</param>
    /// <returns>A bit for each byte at which a gram begins.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Count(Vector512<byte> block, int length, ref TextCounts counts, ref Carry carry) => Count(Of512(block), length, ref counts, ref carry);

    /// <summary>Writes down where bits are set. Four are written whether they are there or not: most blocks have no more.</summary>
    /// <param name="bits">The bits.</param>
    /// <param name="at">Where the first of them stands.</param>
    /// <param name="kept">Takes the places; there must be room for 64 more.</param>
    /// <param name="count">Places in it.</param>
    /// <returns>Places in it now.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Keep(ulong bits, int at, Span<int> kept, int count)
    {
        int after = count + BitOperations.PopCount(bits);
        ref int next = ref Unsafe.Add(ref MemoryMarshal.GetReference(kept), count);
        for (int i = 0; i < 4; i++)
        {
            Unsafe.Add(ref next, i) = at + BitOperations.TrailingZeroCount(bits);
            bits &= bits - 1;
        }

        for (int i = 4; bits != 0; i++)
        {
            Unsafe.Add(ref next, i) = at + BitOperations.TrailingZeroCount(bits);
            bits &= bits - 1;
        }

        return after;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Count(in Masks masks, int length, ref TextCounts counts, ref Carry carry)
    {
        ulong there = length == BlockBytes ? ulong.MaxValue : (1UL << length) - 1;
        ulong letters = masks.Letters & there;
        ulong digits = masks.Digits & there;
        ulong blanks = masks.Blanks & there;
        ulong high = masks.High & there;
        ulong continuations = masks.Continuations & there;
        ulong lineFeeds = masks.LineFeeds & there;
        ulong word = letters | high;
        ulong mark = there & ~(word | digits | blanks);
        ulong wordStarts = word & ~((word << 1) | carry.Word);
        counts.Words += BitOperations.PopCount(wordStarts);
        counts.Letters += BitOperations.PopCount(letters);
        counts.Digits += BitOperations.PopCount(digits);
        counts.Marks += BitOperations.PopCount(mark);
        counts.MarkRuns += BitOperations.PopCount(mark & ~((mark << 1) | carry.Mark));
        counts.Visible += length - BitOperations.PopCount(blanks);
        counts.LineFeeds += BitOperations.PopCount(lineFeeds);
        counts.HighBytes += BitOperations.PopCount(high);
        counts.Continuations += BitOperations.PopCount(continuations);
        counts.HasControl |= (masks.Controls & there) != 0;
        counts.MayHaveSpecialToken |= (masks.Markup & there) != 0;
        if (length > 0)
        {
            carry.Word = word >> (length - 1);
            carry.Mark = mark >> (length - 1);
        }

        // Grams begin at words that begin with d, l or t (about one in five of English), and at every eighth continuation byte:
        // that depends on the text alone, so that an insertion moves no other gram.
        return masks.Anchors & ((wordStarts & letters) | continuations);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Masks Of512(Vector512<byte> bytes)
    {
        Vector512<byte> lineFeed = Vector512.Equals(bytes, Vector512.Create((byte)'\n'));
        return new Masks
        {
            Letters = Vector512.LessThanOrEqual((bytes | Vector512.Create((byte)0x20)) - Vector512.Create((byte)'a'), Vector512.Create((byte)25)).ExtractMostSignificantBits(),
            Digits = Vector512.LessThanOrEqual(bytes - Vector512.Create((byte)'0'), Vector512.Create((byte)9)).ExtractMostSignificantBits(),
            Blanks = Vector512.LessThanOrEqual(bytes, Vector512.Create((byte)0x20)).ExtractMostSignificantBits(),
            High = bytes.ExtractMostSignificantBits(),
            Continuations = Vector512.Equals(bytes & Vector512.Create((byte)0xC0), Vector512.Create((byte)0x80)).ExtractMostSignificantBits(),
            LineFeeds = lineFeed.ExtractMostSignificantBits(),
            Controls = Vector512.AndNot(Vector512.LessThan(bytes, Vector512.Create((byte)0x20)),
                lineFeed | Vector512.Equals(bytes, Vector512.Create((byte)'\t')) | Vector512.Equals(bytes, Vector512.Create((byte)'\r'))).ExtractMostSignificantBits(),
            Markup = (Vector512.Equals(bytes, Vector512.Create((byte)'<')) | Vector512.Equals(bytes, Vector512.Create((byte)'['))).ExtractMostSignificantBits(),
            Anchors = Vector512.Equals(bytes & Vector512.Create((byte)7), Vector512.Create((byte)4)).ExtractMostSignificantBits(),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Masks Of256(ref byte block)
    {
        Masks masks = Half(Vector256.LoadUnsafe(ref block));
        Masks upper = Half(Vector256.LoadUnsafe(ref block, (nuint)Vector256<byte>.Count));
        return new Masks
        {
            Letters = masks.Letters | (upper.Letters << 32),
            Digits = masks.Digits | (upper.Digits << 32),
            Blanks = masks.Blanks | (upper.Blanks << 32),
            High = masks.High | (upper.High << 32),
            Continuations = masks.Continuations | (upper.Continuations << 32),
            LineFeeds = masks.LineFeeds | (upper.LineFeeds << 32),
            Controls = masks.Controls | (upper.Controls << 32),
            Markup = masks.Markup | (upper.Markup << 32),
            Anchors = masks.Anchors | (upper.Anchors << 32),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Masks Half(Vector256<byte> bytes)
    {
        Vector256<byte> low = Vector256.LessThan(bytes, Vector256.Create((byte)0x20));
        Vector256<byte> lineFeed = Vector256.Equals(bytes, Vector256.Create((byte)'\n'));
        return new Masks
        {
            Letters = Vector256.LessThanOrEqual((bytes | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a'), Vector256.Create((byte)25)).ExtractMostSignificantBits(),
            Digits = Vector256.LessThanOrEqual(bytes - Vector256.Create((byte)'0'), Vector256.Create((byte)9)).ExtractMostSignificantBits(),
            Blanks = Vector256.LessThanOrEqual(bytes, Vector256.Create((byte)0x20)).ExtractMostSignificantBits(),
            High = bytes.ExtractMostSignificantBits(),
            Continuations = Vector256.Equals(bytes & Vector256.Create((byte)0xC0), Vector256.Create((byte)0x80)).ExtractMostSignificantBits(),
            LineFeeds = lineFeed.ExtractMostSignificantBits(),
            Controls = Vector256.AndNot(low, lineFeed | Vector256.Equals(bytes, Vector256.Create((byte)'\t')) | Vector256.Equals(bytes, Vector256.Create((byte)'\r'))).ExtractMostSignificantBits(),
            Markup = (Vector256.Equals(bytes, Vector256.Create((byte)'<')) | Vector256.Equals(bytes, Vector256.Create((byte)'['))).ExtractMostSignificantBits(),
            Anchors = Vector256.Equals(bytes & Vector256.Create((byte)7), Vector256.Create((byte)4)).ExtractMostSignificantBits(),
        };
    }

    /// <summary>Whether the byte before is of a word, or a mark: 1 or 0.</summary>
    [StructLayout(LayoutKind.Auto)]
    public struct Carry
    {
        public ulong Word;
        public ulong Mark;
    }

    /// <summary>A bit for each of 64 bytes.</summary>
    [StructLayout(LayoutKind.Auto)]
    private ref struct Masks
    {
        public ulong Letters;
        public ulong Digits;
        public ulong Blanks;
        public ulong High;
        public ulong Continuations;
        public ulong LineFeeds;
        public ulong Controls;
        public ulong Markup;
        public ulong Anchors;
    }
}
