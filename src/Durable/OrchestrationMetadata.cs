using System.Text.Json;

namespace FineTune.Durable;

/// <summary>What a query shows of an instance.</summary>
public sealed record OrchestrationMetadata
{
    /// <summary>The orchestration's registered name.</summary>
    public required string Name { get; init; }

    /// <summary>The instance's id.</summary>
    public required string InstanceId { get; init; }

    /// <summary>Where it is in its life.</summary>
    public required OrchestrationRuntimeStatus RuntimeStatus { get; init; }

    /// <summary>When it was accepted. UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed. UTC.</summary>
    public required DateTimeOffset LastUpdatedAt { get; init; }

    /// <summary>The input as JSON, when it was asked for.</summary>
    public JsonElement? Input { get; init; }

    /// <summary>The output as JSON, when it was asked for and there is one.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>The custom status as JSON, or null when none was set.</summary>
    public JsonElement? CustomStatus { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public TaskFailureDetails? FailureDetails { get; init; }

    /// <summary>Whether it has ended.</summary>
    public bool IsCompleted => RuntimeStatus is
        OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;
}
