using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>What every port throws when the outside refuses or fails: already sorted into a kind that the workflow can act on.</summary>
public sealed class UpstreamException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="kind">Any kind but <see cref="OutcomeKind.Succeeded"/>.</param>
    /// <param name="failure">Why, for a person.</param>
    /// <param name="innerException">The client library's exception.</param>
    public UpstreamException(OutcomeKind kind, Failure failure, Exception? innerException = null)
        : base(failure?.ToString(), innerException)
    {
        ArgumentNullException.ThrowIfNull(failure);
        Kind = kind;
        Failure = failure;
    }

    /// <summary>What kind of failure.</summary>
    public OutcomeKind Kind { get; }

    /// <summary>Why, for a person.</summary>
    public Failure Failure { get; }

    /// <summary>How long the service asked us to wait (Retry-After), if it did.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
