namespace FineTune.Durable;

/// <summary>Which instances a list shows; every condition that is set must hold.</summary>
public sealed record OrchestrationQuery
{
    /// <summary>Only this orchestration.</summary>
    public string? Name { get; init; }

    /// <summary>Only instances in one of these states; all when empty.</summary>
    public IReadOnlyList<OrchestrationRuntimeStatus> Statuses { get; init; } = [];

    /// <summary>Only instances whose id begins with this.</summary>
    public string? InstanceIdPrefix { get; init; }

    /// <summary>Only instances created at or after this time. UTC.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Whether inputs and outputs are fetched.</summary>
    public bool FetchInputsAndOutputs { get; init; }
}
