namespace FineTune.Workflow.Contracts;

/// <summary>A bar of a histogram.</summary>
/// <param name="From">The smallest value in it.</param>
/// <param name="To">The largest value in it.</param>
/// <param name="Rows">How many rows.</param>
public sealed record HistogramBin(long From, long To, long Rows);
