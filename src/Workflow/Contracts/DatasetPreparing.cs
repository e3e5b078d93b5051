namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that prepares a dataset.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Dataset">Which dataset, and how much of it.</param>
/// <param name="DatasetName">Its name in other names.</param>
public sealed record DatasetPreparing(string RunId, DatasetRequest Dataset, string DatasetName)
{
    /// <summary>What it is checked for because of the training; nothing in runs that began before this was known.</summary>
    public DatasetChecks Checks { get; init; } = new();

    /// <summary>The version of the file that was dropped and no other; null for whichever is there.</summary>
    public string? DroppedETag { get; init; }
}
