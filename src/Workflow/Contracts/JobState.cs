namespace FineTune.Workflow.Contracts;

/// <summary>Where a job is, as far as the workflow must tell apart.</summary>
public enum JobState
{
    /// <summary>Not ended: NotStarted … Finalizing, CancelRequested; and Paused or NotResponding, which can come back.</summary>
    Active,

    /// <summary>Ended well.</summary>
    Completed,

    /// <summary>Ended badly.</summary>
    Failed,

    /// <summary>Ended by cancellation.</summary>
    Canceled,
}
