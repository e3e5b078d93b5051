namespace FineTune.Workflow.Contracts;

/// <summary>A dataset that was read to its end.</summary>
/// <param name="Summary">Counts and references.</param>
/// <param name="Refusal">Why it can't be used, or null.</param>
public sealed record DatasetPreparationOutcome(DatasetSummary Summary, Failure? Refusal);
