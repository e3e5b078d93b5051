namespace FineTune.Workflow.Contracts;

/// <summary>What was found in a dataset. Written in full to the run's records; only <see cref="DatasetSummary"/> crosses activity borders.</summary>
public sealed record DatasetReport
{
    /// <summary>Rows read in all files.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that break a rule; they are never written to a split.</summary>
    public required long InvalidRows { get; init; }

    /// <summary>Valid rows that the percentage left out.</summary>
    public required long UnselectedRows { get; init; }

    /// <summary>Findings by code, all counted.</summary>
    public required IReadOnlyDictionary<string, long> FindingCounts { get; init; }

    /// <summary>The findings in order of file and row; at most 10,000 are listed, all are counted.</summary>
    public required IReadOnlyList<DatasetFinding> Findings { get; init; }

    /// <summary>Source files with rows and bytes read.</summary>
    public required IReadOnlyList<SourceFileReport> Files { get; init; }

    /// <summary>Things that a person should know and that refuse nothing.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
