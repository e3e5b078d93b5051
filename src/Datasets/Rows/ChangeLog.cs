using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Rows;

/// <summary>What the repair policy did: all counted, the first ones of each kind listed, and every one written to a CSV file.</summary>
internal sealed class ChangeLog(int maxListed, Func<TextWriter> open) : IDisposable
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly List<RowChange> _listed = [];
    private TextWriter? _file;

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public IReadOnlyList<RowChange> Listed => _listed;

    public void Add(string change, string file, long row, FindingCode because)
    {
        string code = because.ToString();
        _ = _counts.TryGetValue(change, out long count);
        _counts[change] = count + 1;
        if (count < maxListed)
        {
            _listed.Add(new RowChange(change, file, row, code));
        }

        if (_file is null)
        {
            _file = open();
            _file.WriteLine("change,file,row,because");
        }

        _file.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{change},\"{file.Replace("\"", "\"\"", StringComparison.Ordinal)}\",{row},{code}"));
    }

    /// <summary>Ends the file.</summary>
    public void Dispose() => _file?.Dispose();
}
