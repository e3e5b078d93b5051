namespace FineTune.Workflow.Contracts;

/// <summary>What a run's orchestration starts with.</summary>
public sealed record RunInput
{
    /// <summary>The request; for a drop, the host's default request, on which the drop's own <c>run.json</c> is laid.</summary>
    public required RunRequest Request { get; init; }

    /// <summary>The drop that started it; null for a run started over HTTP.</summary>
    public DroppedDataset? Drop { get; init; }

    /// <summary>How long a dropped dataset may still get its <c>run.json</c>.</summary>
    public TimeSpan SettlingTime { get; init; }

    /// <summary>Who asked: a name for the audit trail.</summary>
    public string? RequestedBy { get; init; }
}
