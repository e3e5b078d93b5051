namespace FineTune.Durable.Embedded;

/// <summary>
/// An orchestration's code left the path that its history recorded, or waited for something that its
/// <see cref="OrchestrationContext"/> did not give it.
/// </summary>
public sealed class NonDeterministicOrchestrationException : Exception
{
    /// <summary>Creates the exception for code that waits for foreign tasks.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="message">What the code did.</param>
    public NonDeterministicOrchestrationException(string instanceId, string message)
        : base(message)
    {
        InstanceId = instanceId;
    }

    /// <summary>Creates the exception for code that does not match its history.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="name">Its orchestration.</param>
    /// <param name="position">The index of the history event, from 0.</param>
    /// <param name="expected">What history has there.</param>
    /// <param name="actual">What the code did.</param>
    public NonDeterministicOrchestrationException(string instanceId, string name, int position, string expected, string actual)
        : base($"Orchestration '{name}' of instance '{instanceId}' left the path of its history at event {position}: "
            + $"history has {expected}, the code asked for {actual}. Its code was changed while the instance was under way, "
            + "or it reads something that is not the same on every replay. Keep the old path for instances of the old version (context.Version).")
    {
        InstanceId = instanceId;
        Position = position;
        Expected = expected;
        Actual = actual;
    }

    /// <summary>The instance.</summary>
    public string InstanceId { get; }

    /// <summary>The index of the history event where code and history part, from 0; null for foreign tasks.</summary>
    public int? Position { get; }

    /// <summary>What history has at <see cref="Position"/>; null for foreign tasks.</summary>
    public string? Expected { get; }

    /// <summary>What the code asked for instead; null for foreign tasks.</summary>
    public string? Actual { get; }
}
