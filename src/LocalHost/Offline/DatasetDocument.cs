using FineTune.Workflow.Contracts;

namespace FineTune.LocalHost.Offline;

/// <summary>What <c>--json</c> writes.</summary>
/// <param name="Outcome">How it ended; the exit code says the same.</param>
/// <param name="Failure">Why, unless it is <see cref="DatasetOutcome.Valid"/>.</param>
/// <param name="Folder">Where the prepared dataset is, by its full path; null when nothing was written.</param>
/// <param name="Splits">The splits as a run would have them.</param>
/// <param name="Report">What was found; null when the dataset could not be read.</param>
internal sealed record DatasetDocument(
    DatasetOutcome Outcome, Failure? Failure, string? Folder, IReadOnlyList<PreparedSplit> Splits, DatasetReport? Report);
