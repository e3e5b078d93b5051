using System.Runtime.InteropServices;

namespace FineTune.Datasets.Rows;

/// <summary>What <see cref="TextMeasure"/> counts in one pass over a text; counts of several texts add up.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct TextCounts
{
    /// <summary>Bytes of UTF-8.</summary>
    public int Bytes;

    /// <summary>Bytes that continue a character: bytes without them are characters (Unicode code points).</summary>
    public int Continuations;

    /// <summary>Runs of letters; a byte beyond ASCII counts as a letter.</summary>
    public int Words;

    /// <summary>ASCII letters.</summary>
    public int Letters;

    /// <summary>ASCII digits.</summary>
    public int Digits;

    /// <summary>ASCII characters that are neither letter, digit, space nor control.</summary>
    public int Marks;

    /// <summary>Runs of such characters.</summary>
    public int MarkRuns;

    /// <summary>Line feeds.</summary>
    public int LineFeeds;

    /// <summary>Bytes beyond ASCII.</summary>
    public int HighBytes;

    /// <summary>Bytes above U+0020: without one, a text is blank.</summary>
    public int Visible;

    /// <summary>Whether there is a control character other than tab, line feed and carriage return.</summary>
    public bool HasControl;

    /// <summary>Whether a special token may begin somewhere: there is a '&lt;' or a '['.</summary>
    public bool MayHaveSpecialToken;

    /// <summary>Unicode code points.</summary>
    public readonly int Characters => Bytes - Continuations;

    /// <summary>Adds another text's counts.</summary>
    public void Add(in TextCounts other)
    {
        Bytes += other.Bytes;
        Continuations += other.Continuations;
        Words += other.Words;
        Letters += other.Letters;
        Digits += other.Digits;
        Marks += other.Marks;
        MarkRuns += other.MarkRuns;
        LineFeeds += other.LineFeeds;
        HighBytes += other.HighBytes;
        Visible += other.Visible;
        HasControl |= other.HasControl;
        MayHaveSpecialToken |= other.MayHaveSpecialToken;
    }
}
