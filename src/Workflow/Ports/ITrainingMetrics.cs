using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>Metrics that a job's runs logged to MLflow.</summary>
public interface ITrainingMetrics
{
    /// <summary>All metrics of all descendant runs of a job (<c>tags.mlflow.rootRunId</c>).</summary>
    /// <param name="jobName">The pipeline job's name.</param>
    /// <param name="experimentName">The experiment that it ran under.</param>
    /// <param name="includeHistories">Whether every point of each curve is fetched; only the last values otherwise.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The curves; empty when nothing was logged (yet).</returns>
    Task<IReadOnlyList<MetricSeries>> GetAsync(
        string jobName, string experimentName, bool includeHistories, CancellationToken cancellationToken = default);
}
