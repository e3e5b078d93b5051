namespace FineTune.Workflow.Contracts;

/// <summary>
/// What is known of a run: the orchestration's custom status, and what API, command line and report show.
/// Bounded: it stays under Durable Functions' 16 KB.
/// </summary>
public sealed record RunStatus
{
    /// <summary>The run's id.</summary>
    public required string RunId { get; init; }

    /// <summary>Where it is.</summary>
    public required RunState State { get; init; }

    /// <summary>When it began. UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When this status was set. UTC.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The states it went through, in order.</summary>
    public IReadOnlyList<RunStep> Steps { get; init; } = [];

    /// <summary>The dataset's path in its container.</summary>
    public string? DatasetPath { get; init; }

    /// <summary>The job's display name.</summary>
    public string? DisplayName { get; init; }

    /// <summary>The dataset report's address, once there is one.</summary>
    public string? DatasetReportUri { get; init; }

    /// <summary>The first findings in the dataset, five at most.</summary>
    public IReadOnlyList<DatasetFinding> Findings { get; init; } = [];

    /// <summary>The job, once it is submitted.</summary>
    public JobProgress? Job { get; init; }

    /// <summary>The registered model, once there is one.</summary>
    public RegisteredModel? Model { get; init; }

    /// <summary>The endpoint, from the moment its creation is asked for.</summary>
    public EndpointStatus? Endpoint { get; init; }

    /// <summary>The smoke test, once it has passed.</summary>
    public SmokeTestSummary? SmokeTest { get; init; }

    /// <summary>What is failing at present and tried again, or null.</summary>
    public RetryStatus? Retry { get; init; }

    /// <summary>The child orchestration that the run waits for at present, or null; its own status may tell more.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>Why the run failed or was canceled, or null.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Warnings, twenty at most.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The run report's address, once it is written.</summary>
    public string? ReportUri { get; init; }
}
