namespace FineTune.Workflow.Contracts;

/// <summary>Bounds that a metric must keep for the model to be registered.</summary>
/// <param name="Min">The lowest value allowed, or null.</param>
/// <param name="Max">The highest value allowed, or null.</param>
public sealed record MetricGate(double? Min = null, double? Max = null);
