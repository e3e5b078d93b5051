namespace FineTune.Workflow.Contracts;

/// <summary>The splits on disk, and what was found on the way.</summary>
/// <param name="Splits">The splits written; empty when the dataset is refused.</param>
/// <param name="Report">What was found.</param>
/// <param name="Refusal">Why the dataset can't be used (too many invalid rows, no training rows, no test rows), or null.</param>
public sealed record DatasetPreparationResult(IReadOnlyList<PreparedSplit> Splits, DatasetReport Report, Failure? Refusal);
