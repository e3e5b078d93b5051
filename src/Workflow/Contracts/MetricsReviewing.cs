namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that reviews metrics.</summary>
/// <param name="RunId">The run.</param>
/// <param name="JobName">The job.</param>
/// <param name="ExperimentName">Its experiment.</param>
/// <param name="Gates">The bounds to keep.</param>
public sealed record MetricsReviewing(
    string RunId, string JobName, string ExperimentName, IReadOnlyDictionary<string, MetricGate> Gates);
