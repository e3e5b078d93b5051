namespace FineTune.Workflow.Contracts;

/// <summary>What was found in a dataset. Written in full to the run's records; only <see cref="DatasetSummary"/> crosses activity borders.</summary>
public sealed record DatasetReport
{
    /// <summary>Rows read in all files.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that break a rule and were not repaired; they are never written to a split.</summary>
    public required long InvalidRows { get; init; }

    /// <summary>Usable rows that the percentage or the cap left out.</summary>
    public required long UnselectedRows { get; init; }

    /// <summary>Rows without errors that the repair policy left out, such as duplicates.</summary>
    public long DroppedRows { get; init; }

    /// <summary>Usable rows that the repair policy changed; one that it changed and then left out is only invalid, or dropped.</summary>
    public long FixedRows { get; init; }

    /// <summary>Rows without errors that have warnings, after repairs.</summary>
    public long RowsWithWarnings { get; init; }

    /// <summary>Findings by code, all counted. A row has each code at most once.</summary>
    public required IReadOnlyDictionary<string, long> FindingCounts { get; init; }

    /// <summary>The findings in order of file and row; the first 1,000 of each code are listed, all are counted.</summary>
    public required IReadOnlyList<DatasetFinding> Findings { get; init; }

    /// <summary>Source files with rows and bytes read.</summary>
    public required IReadOnlyList<SourceFileReport> Files { get; init; }

    /// <summary>Things that a person should know and that refuse nothing.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>What the repair policy was.</summary>
    public RepairPolicy Repair { get; init; }

    /// <summary>What it did, by change, all counted: for each row either its changes, or that it was dropped.</summary>
    public IReadOnlyDictionary<string, long> ChangeCounts { get; init; } = new Dictionary<string, long>();

    /// <summary>What it did, row by row; the first 1,000 of each change are listed.</summary>
    public IReadOnlyList<RowChange> Changes { get; init; } = [];

    /// <summary>What is in each split; of a refused dataset, what its valid rows would have been.</summary>
    public IReadOnlyList<SplitStatistics> Splits { get; init; } = [];

    /// <summary>How tokens are counted, and how many are trained on.</summary>
    public TokenReport? Tokens { get; init; }
}
