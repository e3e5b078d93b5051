namespace FineTune.Workflow.Contracts;

/// <summary>How a number is spread over rows. Minimum, maximum and mean are exact; the others are right to 1 %.</summary>
/// <param name="Min">The smallest.</param>
/// <param name="P5">5 % of rows have no more.</param>
/// <param name="Median">Half of the rows have no more.</param>
/// <param name="Mean">The average.</param>
/// <param name="P95">95 % of rows have no more.</param>
/// <param name="Max">The largest.</param>
public sealed record ValueDistribution(long Min, long P5, long Median, double Mean, long P95, long Max)
{
    /// <summary>The histogram, in order: counts of rows from <see cref="HistogramBin.From"/> (inclusive) to the next one's.</summary>
    public IReadOnlyList<HistogramBin> Bins { get; init; } = [];
}
