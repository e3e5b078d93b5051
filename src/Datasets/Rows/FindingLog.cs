using System.Runtime.InteropServices;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Rows;

/// <summary>Counts every finding and lists the first 10,000.</summary>
internal sealed class FindingLog
{
    private const int MaxListed = 10_000;

    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly List<DatasetFinding> _listed = [];

    /// <summary>How many findings of each code.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>The first ones, in order of file and row.</summary>
    public IReadOnlyList<DatasetFinding> Listed => _listed;

    public void Add(string file, long row, in PendingFinding finding)
    {
        string code = finding.Code.ToString();
        _ = _counts.TryGetValue(code, out long count);
        _counts[code] = count + 1;
        if (_listed.Count < MaxListed)
        {
            _listed.Add(new DatasetFinding(code, file, row, finding.Reason)
            {
                Column = finding.Column > 0 ? finding.Column : null,
                Path = finding.Path?.ToString(),
            });
        }
    }
}

/// <summary>A finding of the row that is being read.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PendingFinding(FindingCode Code, string Reason, long Column, RowPath? Path);
