using System.Runtime.InteropServices;

namespace FineTune.Datasets.Rows;

/// <summary>Where a row begins in a file whose rows are not its lines.</summary>
/// <param name="Line">The line, from 1; 0 when each row is a line.</param>
/// <param name="Column">The byte in that line, from 1.</param>
/// <param name="IsComposed">Whether the row's bytes were made of columns, so that no byte of them stands in the file.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct RowPlace(long Line, long Column = 1, bool IsComposed = false)
{
    /// <summary>Line and column of a place in the row.</summary>
    /// <param name="row">The row's bytes.</param>
    /// <param name="column">The byte in the row, from 1; 0 when not known.</param>
    public (long? Line, long? Column) Of(ReadOnlySpan<byte> row, long column)
    {
        long? line = Line > 0 ? Line : null;
        if (IsComposed || column <= 0)
        {
            return (line, null);
        }

        if (line is null)
        {
            return (null, column);
        }

        ReadOnlySpan<byte> before = row[..(int)Math.Min(column - 1, row.Length)];
        int lineStart = before.LastIndexOf((byte)'\n') + 1;
        return lineStart == 0 ? (Line, Column + column - 1) : (Line + before.Count((byte)'\n'), column - lineStart);
    }
}
