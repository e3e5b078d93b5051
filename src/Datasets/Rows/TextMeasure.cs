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
    /// <param name="sketch">Takes the text's grams; null when none is wanted.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static TextCounts Measure(ReadOnlySpan<byte> text, NearSketch? sketch)
    {
        Span<int> kept = stackalloc int[KeptAnchors];
        Span<byte> rest = stackalloc byte[BlockBytes];
        TextCounts counts = default;
        counts.Bytes = text.Length;
        ref byte start = ref MemoryMarshal.GetReference(text);
        ulong wordBefore = 0;
        ulong markBefore = 0;
        int anchors = 0;
        for (int at = 0; at < text.Length; at += BlockBytes)
        {
            scoped ref byte block = ref Unsafe.Add(ref start, at);
            if (text.Length - at < BlockBytes)
            {
                // Padded with spaces, which count as nothing.
                rest.Fill((byte)' ');
                text[at..].CopyTo(rest);
                block = ref MemoryMarshal.GetReference(rest);
            }

            Masks masks = Vector512.IsHardwareAccelerated ? Of512(ref block) : Of256(ref block);
            ulong word = masks.Letters | masks.High;
            ulong mark = ~(word | masks.Digits | masks.Blanks);
            ulong wordStarts = word & ~((word << 1) | wordBefore);
            ulong markStarts = mark & ~((mark << 1) | markBefore);
            wordBefore = word >> 63;
            markBefore = mark >> 63;
            counts.Words += BitOperations.PopCount(wordStarts);
            counts.Letters += BitOperations.PopCount(masks.Letters);
            counts.Digits += BitOperations.PopCount(masks.Digits);
            counts.Marks += BitOperations.PopCount(mark);
            counts.MarkRuns += BitOperations.PopCount(markStarts);
            counts.Visible += BlockBytes - BitOperations.PopCount(masks.Blanks);
            counts.LineFeeds += BitOperations.PopCount(masks.LineFeeds);
            counts.HighBytes += BitOperations.PopCount(masks.High);
            counts.Continuations += BitOperations.PopCount(masks.Continuations);
            counts.HasControl |= masks.Controls != 0;
            counts.MayHaveSpecialToken |= masks.Markup != 0;

            // Grams begin at words that begin with d, l or t (about one in five of English), and at every eighth continuation byte:
            // that depends on the text alone, so that an insertion moves no other gram.
            ulong found = masks.Anchors & ((wordStarts & masks.Letters) | masks.Continuations);
            if (sketch is not null)
            {
                anchors = Keep(found, at, kept, anchors);
                if (anchors > KeptAnchors - BlockBytes)
                {
                    sketch.AddAll(text, kept[..anchors]);
                    anchors = 0;
                }
            }
        }

        sketch?.AddAll(text, kept[..anchors]);
        return counts;
    }

    /// <summary>Writes down where bits are set. Four are written whether they are there or not: most blocks have no more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Keep(ulong bits, int at, Span<int> kept, int count)
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
    private static Masks Of512(ref byte block)
    {
        var bytes = Vector512.LoadUnsafe(ref block);
        Vector512<byte> low = Vector512.LessThan(bytes, Vector512.Create((byte)0x20));
        Vector512<byte> lineFeed = Vector512.Equals(bytes, Vector512.Create((byte)'\n'));
        return new Masks
        {
            Letters = Vector512.LessThanOrEqual((bytes | Vector512.Create((byte)0x20)) - Vector512.Create((byte)'a'), Vector512.Create((byte)25)).ExtractMostSignificantBits(),
            Digits = Vector512.LessThanOrEqual(bytes - Vector512.Create((byte)'0'), Vector512.Create((byte)9)).ExtractMostSignificantBits(),
            Blanks = Vector512.LessThanOrEqual(bytes, Vector512.Create((byte)0x20)).ExtractMostSignificantBits(),
            High = bytes.ExtractMostSignificantBits(),
            Continuations = Vector512.Equals(bytes & Vector512.Create((byte)0xC0), Vector512.Create((byte)0x80)).ExtractMostSignificantBits(),
            LineFeeds = lineFeed.ExtractMostSignificantBits(),
            Controls = Vector512.AndNot(low, lineFeed | Vector512.Equals(bytes, Vector512.Create((byte)'\t')) | Vector512.Equals(bytes, Vector512.Create((byte)'\r'))).ExtractMostSignificantBits(),
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
