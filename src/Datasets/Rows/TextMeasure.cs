using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FineTune.Datasets.Rows;

/// <summary>Counts what statistics, token estimate and rules need, and sketches a text for near duplicates: one pass, 32 bytes at a time.</summary>
internal static class TextMeasure
{
    /// <summary>Bytes from an anchor on that are compared between texts.</summary>
    public const int GramBytes = 16;

    /// <summary>Measures a text.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="sketch">Takes the text's grams; null when none is wanted.</param>
    public static TextCounts Measure(ReadOnlySpan<byte> text, NearSketch? sketch)
    {
        TextCounts counts = default;
        counts.Bytes = text.Length;
        ref byte start = ref MemoryMarshal.GetReference(text);
        uint wordBefore = 0;
        uint markBefore = 0;
        int at = 0;
        for (; at <= text.Length - Vector256<byte>.Count; at += Vector256<byte>.Count)
        {
            var block = Vector256.LoadUnsafe(ref start, (nuint)at);
            uint anchors = Count(block, ref counts, ref wordBefore, ref markBefore);
            if (sketch is not null)
            {
                Sketch(text, at, anchors, sketch);
            }
        }

        if (at < text.Length)
        {
            // Padded with spaces, which count as nothing.
            Span<byte> rest = stackalloc byte[Vector256<byte>.Count];
            rest.Fill((byte)' ');
            text[at..].CopyTo(rest);
            uint anchors = Count(Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(rest)), ref counts, ref wordBefore, ref markBefore);
            if (sketch is not null)
            {
                Sketch(text, at, anchors, sketch);
            }
        }

        return counts;
    }

    /// <summary>Counts a block.</summary>
    /// <returns>
    /// Where grams begin: at words that begin with d, l or t (about one in five of English), and at every eighth continuation byte.
    /// That depends on the text alone, so that an insertion moves no other gram.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Count(Vector256<byte> block, ref TextCounts counts, ref uint wordBefore, ref uint markBefore)
    {
        Vector256<byte> letter = Vector256.LessThanOrEqual((block | Vector256.Create((byte)0x20)) - Vector256.Create((byte)'a'), Vector256.Create((byte)25));
        Vector256<byte> digit = Vector256.LessThanOrEqual(block - Vector256.Create((byte)'0'), Vector256.Create((byte)9));
        Vector256<byte> blank = Vector256.LessThanOrEqual(block, Vector256.Create((byte)0x20));
        Vector256<byte> markup = Vector256.Equals(block, Vector256.Create((byte)'<')) | Vector256.Equals(block, Vector256.Create((byte)'['));
        uint letters = letter.ExtractMostSignificantBits();
        uint digits = digit.ExtractMostSignificantBits();
        uint blanks = blank.ExtractMostSignificantBits();
        uint high = block.ExtractMostSignificantBits();
        uint word = letters | high;
        uint mark = ~(word | digits | blanks);
        uint wordStarts = word & ~((word << 1) | wordBefore);
        uint markStarts = mark & ~((mark << 1) | markBefore);
        wordBefore = word >> 31;
        markBefore = mark >> 31;
        counts.Words += BitOperations.PopCount(wordStarts);
        counts.Letters += BitOperations.PopCount(letters);
        counts.Digits += BitOperations.PopCount(digits);
        counts.Marks += BitOperations.PopCount(mark);
        counts.MarkRuns += BitOperations.PopCount(markStarts);
        counts.Visible += Vector256<byte>.Count - BitOperations.PopCount(blanks);
        counts.MayHaveSpecialToken |= markup != Vector256<byte>.Zero;
        Vector256<byte> isAnchor = Vector256.Equals(block & Vector256.Create((byte)7), Vector256.Create((byte)4));
        uint anchors = isAnchor.ExtractMostSignificantBits();
        uint continuations = 0;
        if (high != 0)
        {
            continuations = Vector256.Equals(block & Vector256.Create((byte)0xC0), Vector256.Create((byte)0x80)).ExtractMostSignificantBits();
            counts.HighBytes += BitOperations.PopCount(high);
            counts.Continuations += BitOperations.PopCount(continuations);
        }

        Vector256<byte> low = Vector256.LessThan(block, Vector256.Create((byte)0x20));
        if (low != Vector256<byte>.Zero)
        {
            Vector256<byte> lineFeed = Vector256.Equals(block, Vector256.Create((byte)'\n'));
            Vector256<byte> allowed = lineFeed | Vector256.Equals(block, Vector256.Create((byte)'\t')) | Vector256.Equals(block, Vector256.Create((byte)'\r'));
            counts.LineFeeds += BitOperations.PopCount(lineFeed.ExtractMostSignificantBits());
            counts.HasControl |= Vector256.AndNot(low, allowed) != Vector256<byte>.Zero;
        }

        return anchors & ((wordStarts & letters) | continuations);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sketch(ReadOnlySpan<byte> text, int at, uint anchors, NearSketch sketch)
    {
        while (anchors != 0)
        {
            int gram = at + BitOperations.TrailingZeroCount(anchors);
            anchors &= anchors - 1;
            if (gram <= text.Length - GramBytes)
            {
                sketch.Add(text.Slice(gram, GramBytes));
            }
        }
    }
}
