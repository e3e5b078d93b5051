using System.Runtime.InteropServices;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Jsonl;

/// <summary>A line that was read ahead of its turn, or what is to be read in its turn.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct ScannedLine
{
    /// <summary>The length of a line that is longer than a row may be, and is not there.</summary>
    public const int TooLong = -1;

    /// <summary>Where it begins in what was scanned.</summary>
    public int Start;

    /// <summary>Bytes of it: of a row, without its line end.</summary>
    public int Length;

    /// <summary>The column whose text stands here instead of the row, because it is not what the column takes; else null.</summary>
    public TableColumn? Refusing;

    /// <summary>Whether it is a row in which nothing was found. If not, the rest says nothing.</summary>
    public bool IsClean;

    /// <summary>What the row counts.</summary>
    public RowFacts Facts;

    /// <summary>What the row is known by.</summary>
    public RowIdentity Identity;
}
