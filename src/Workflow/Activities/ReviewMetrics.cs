using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Activities;

/// <summary>Keeps the job's curves among the run's records and holds the last values against the request's gates.</summary>
/// <param name="metrics">MLflow.</param>
/// <param name="records">The run's records.</param>
public sealed class ReviewMetrics(ITrainingMetrics metrics, IRunRecords records) : WorkflowActivity<MetricsReviewing, MetricsReview>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<MetricsReviewing, Outcome<MetricsReview>> Name { get; } = new(nameof(ReviewMetrics));

    /// <inheritdoc/>
    protected override async Task<MetricsReview> DoAsync(MetricsReviewing input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        IReadOnlyList<MetricSeries> series = await metrics.GetAsync(input.JobName, input.ExperimentName, includeHistories: true, cancellationToken);
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(series, DurableJson.Options));
        string uri = await records.WriteAsync(input.RunId, RunRecordNames.Metrics, content, "application/json", cancellationToken);
        IReadOnlyList<Failure> broken = MetricReview.Check(series, input.Gates);
        if (broken.Count > 0)
        {
            throw new UpstreamException(OutcomeKind.Failed, broken.Count == 1 ? broken[0] : new Failure(
                "SeveralProblems", string.Join(" ", broken.Select(failure => failure.Message)))
            {
                Where = uri,
                NextStep = "Look at the curves; change the parameters or the gates, and start a new run.",
            });
        }

        return new MetricsReview(MetricReview.Summarize(series), uri);
    }
}
