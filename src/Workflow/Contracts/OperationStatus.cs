namespace FineTune.Workflow.Contracts;

/// <summary>How a long-running operation stands.</summary>
/// <param name="State">Where it is.</param>
public sealed record OperationStatus(OperationState State)
{
    /// <summary>0 to 100, or null when the service does not say.</summary>
    public double? PercentComplete { get; init; }

    /// <summary>How long the service asks to wait before the next question, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public Failure? Error { get; init; }

    /// <summary>What kind of failure <see cref="Error"/> is.</summary>
    public OutcomeKind ErrorKind { get; init; } = OutcomeKind.Failed;
}
