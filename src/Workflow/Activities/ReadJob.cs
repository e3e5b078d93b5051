using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Activities;

/// <summary>Reads the job and, while it trains, the loss of each epoch so far.</summary>
/// <param name="jobs">The workspace's jobs.</param>
/// <param name="metrics">MLflow.</param>
public sealed class ReadJob(IPipelineJobs jobs, ITrainingMetrics metrics) : WorkflowActivity<JobQuery, JobProgress>
{
    private const int MaxEpochs = 50;

    /// <summary>The registered name.</summary>
    public static ActivityName<JobQuery, Outcome<JobProgress>> Name { get; } = new(nameof(ReadJob));

    /// <inheritdoc/>
    protected override async Task<JobProgress> DoAsync(JobQuery input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        JobSnapshot job = await jobs.GetAsync(input.JobName, cancellationToken);
        bool trains = job.Steps.Any(step => step.Name.Contains("finetune", StringComparison.OrdinalIgnoreCase)
            && step.Status is not ("NotStarted" or "Queued" or "Preparing"));
        if (input.ExperimentName.Length == 0 || !trains)
        {
            return new JobProgress(job, []);
        }

        IReadOnlyList<MetricSeries> series = await metrics.GetAsync(input.JobName, input.ExperimentName, includeHistories: true, cancellationToken);
        return new JobProgress(job, [.. MetricReview.Summarize(series).LossPerEpoch.TakeLast(MaxEpochs)]);
    }
}
