namespace FineTune.Workflow.Contracts;

/// <summary>One logged value.</summary>
/// <param name="Step">The training step.</param>
/// <param name="Value">The value.</param>
public sealed record MetricPoint(long Step, double Value);
