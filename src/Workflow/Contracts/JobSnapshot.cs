namespace FineTune.Workflow.Contracts;

/// <summary>A job as it stands.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status">The service's word: NotStarted, Starting, Provisioning, Preparing, Queued, Running, Finalizing, CancelRequested, Completed, Failed, Canceled, NotResponding, Paused, Unknown.</param>
/// <param name="State">What the word means to us.</param>
public sealed record JobSnapshot(string Name, string Status, JobState State)
{
    /// <summary>The word for a job that could not be looked at yet.</summary>
    public const string Unknown = "Unknown";

    /// <summary>The studio's page, or null.</summary>
    public string? StudioUrl { get; init; }

    /// <summary>Its steps, in order; empty before they exist. At most 20.</summary>
    public IReadOnlyList<JobStep> Steps { get; init; } = [];

    /// <summary>Why it failed, or null.</summary>
    public Failure? Error { get; init; }
}
