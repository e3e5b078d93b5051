namespace FineTune.Workflow.Contracts;

/// <summary>What is in a split as written.</summary>
public sealed record SplitStatistics
{
    /// <summary>The split.</summary>
    public required SplitKind Kind { get; init; }

    /// <summary>Rows written.</summary>
    public required long Rows { get; init; }

    /// <summary>Messages a row.</summary>
    public required ValueDistribution Turns { get; init; }

    /// <summary>Unicode characters of all contents of a row.</summary>
    public required ValueDistribution Characters { get; init; }

    /// <summary>Tokens of a row; see <see cref="DatasetReport.Tokens"/> for how they are counted.</summary>
    public required ValueDistribution Tokens { get; init; }

    /// <summary>Messages by role.</summary>
    public required IReadOnlyDictionary<string, long> Roles { get; init; }

    /// <summary>All tokens.</summary>
    public required long TotalTokens { get; init; }

    /// <summary>Tokens that are trained on in one epoch: of each row as many as the context length lets in.</summary>
    public required long BillableTokens { get; init; }

    /// <summary>Rows that are longer than the context length; 0 when that is not known.</summary>
    public required long TruncatedRows { get; init; }
}
