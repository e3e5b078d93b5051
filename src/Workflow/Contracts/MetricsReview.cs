namespace FineTune.Workflow.Contracts;

/// <summary>What the review of a job's metrics found.</summary>
/// <param name="Summary">The metrics in few words.</param>
/// <param name="MetricsUri">Where the full curves are.</param>
public sealed record MetricsReview(MetricSummary Summary, string MetricsUri);
