namespace FineTune.Workflow.Contracts;

/// <summary>One metric of one run.</summary>
/// <param name="RunId">The MLflow run.</param>
/// <param name="Key">The metric's name, such as <c>eval_loss</c>.</param>
/// <param name="Points">The curve in step order; a single point when only the last value was asked for.</param>
public sealed record MetricSeries(string RunId, string Key, IReadOnlyList<MetricPoint> Points);
