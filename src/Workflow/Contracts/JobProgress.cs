namespace FineTune.Workflow.Contracts;

/// <summary>A job with what its training has logged so far.</summary>
/// <param name="Job">The job.</param>
/// <param name="Epochs">The epochs so far, the last 50 at most.</param>
public sealed record JobProgress(JobSnapshot Job, IReadOnlyList<EpochLoss> Epochs)
{
    /// <summary>The look at the job, while it is failing and tried again; null otherwise.</summary>
    public RetryStatus? Retry { get; init; }
}
