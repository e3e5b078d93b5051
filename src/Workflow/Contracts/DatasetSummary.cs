namespace FineTune.Workflow.Contracts;

/// <summary>What crosses activity borders of a prepared dataset: references and counts, never rows.</summary>
public sealed record DatasetSummary
{
    /// <summary>The splits.</summary>
    public required IReadOnlyList<UploadedSplit> Splits { get; init; }

    /// <summary>Rows read.</summary>
    public required long Rows { get; init; }

    /// <summary>Rows that break a rule.</summary>
    public required long InvalidRows { get; init; }

    /// <summary>Valid rows left out by the percentage.</summary>
    public required long UnselectedRows { get; init; }

    /// <summary>The first findings, ten at most; all are in the report.</summary>
    public required IReadOnlyList<DatasetFinding> FirstFindings { get; init; }

    /// <summary>Where the report is.</summary>
    public required string ReportUri { get; init; }

    /// <summary>SHA-256 over the splits' own hashes: the dataset's identity in lineage tags.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Warnings, ten at most.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
