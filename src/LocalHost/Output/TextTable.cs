namespace FineTune.LocalHost.Output;

/// <summary>Rows in columns that are as wide as what stands in them, within the screen's width.</summary>
/// <param name="headers">The columns' names; one that begins with <c>&gt;</c> is set to the right.</param>
internal sealed class TextTable(params string[] headers)
{
    private const int Gap = 2;
    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row of as many cells as there are headers.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Writes it.</summary>
    /// <param name="screen">Where.</param>
    /// <param name="indent">Columns before each line.</param>
    public void WriteTo(Screen screen, int indent)
    {
        bool[] right = [.. headers.Select(header => header.StartsWith('>'))];
        string[] names = [.. headers.Select(header => header.TrimStart('>'))];
        int[] widths = [.. names.Select((name, column) => Math.Max(name.Length, _rows.Count == 0 ? 0 : _rows.Max(row => row[column].Length)))];

        // The first column holds names, which can be cut; the others hold numbers and words, which can't.
        widths[0] = Math.Clamp(Screen.Width - indent - (Gap * (widths.Length - 1)) - widths[1..].Sum(), Math.Min(8, widths[0]), widths[0]);
        foreach ((string[] cells, bool isHeader) in _rows.Select(row => (row, false)).Prepend((names, true)))
        {
            screen.Write(
                string.Join(new string(' ', Gap), cells.Select((cell, column) => right[column] ? cell.PadLeft(widths[column]) : Cut(cell, widths[column]).PadRight(widths[column]))).TrimEnd(),
                isHeader ? Screen.Strong : null,
                indent);
        }
    }

    /// <summary>Keeps the end of a name: paths differ there.</summary>
    private static string Cut(string text, int width) => text.Length <= width ? text : string.Concat("…", text.AsSpan(text.Length - width + 1));
}
