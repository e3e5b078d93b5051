using System.Globalization;

namespace FineTune.Workflow.Rules;

/// <summary>A text is not a Python literal (or not the kind of literal that was asked for). The message says where, what was expected, and shows the place.</summary>
public sealed class PythonLiteralException : Exception
{
    private const int ExcerptReach = 40;

    internal PythonLiteralException(string text, int offset, string expected, string found)
        : base(Describe(text, offset, expected, found))
    {
        Offset = offset;
        (Line, Column) = Locate(text, offset);
        Expected = expected;
    }

    /// <summary>Where, as an index into the text, from 0; the text's length when it ended too early.</summary>
    public int Offset { get; }

    /// <summary>The line, from 1.</summary>
    public int Line { get; }

    /// <summary>The column in UTF-16 units, from 1.</summary>
    public int Column { get; }

    /// <summary>What the text should have gone on with.</summary>
    public string Expected { get; }

    private static string Describe(string text, int offset, string expected, string found)
    {
        (int line, int column) = Locate(text, offset);
        return string.Create(CultureInfo.InvariantCulture, $"Line {line}, column {column}: expected {expected}, found {found}, in: {Excerpt(text, offset)}");
    }

    private static (int Line, int Column) Locate(string text, int offset)
    {
        ReadOnlySpan<char> before = text.AsSpan(0, offset);
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < before.Length; i++)
        {
            if (before[i] == '\n' || (before[i] == '\r' && !(i + 1 < text.Length && text[i + 1] == '\n')))
            {
                line++;
                lineStart = i + 1;
            }
        }

        return (line, offset - lineStart + 1);
    }

    // The line around the place, which a ▸ marks.
    private static string Excerpt(string text, int offset)
    {
        ReadOnlySpan<char> newLines = ['\n', '\r'];
        int lineStart = text.AsSpan(0, offset).LastIndexOfAny(newLines) + 1;
        int lineLength = text.AsSpan(offset).IndexOfAny(newLines);
        int lineEnd = lineLength < 0 ? text.Length : offset + lineLength;
        int start = Math.Max(lineStart, offset - ExcerptReach);
        int end = Math.Min(lineEnd, offset + ExcerptReach);
        string excerpt = $"{(start > lineStart ? "…" : string.Empty)}{text[start..offset]}▸{text[offset..end]}{(end < lineEnd ? "…" : string.Empty)}";
        return string.Create(excerpt.Length, excerpt, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });
    }
}
