using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;

namespace FineTune.Workflow.Tests.Runs;

/// <summary>Instances as an engine shows them.</summary>
internal static class Instances
{
    public static readonly DateTimeOffset Start = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

    public static RunStatus Status(string runId, RunState state) =>
        new() { RunId = runId, State = state, StartedAt = Start, UpdatedAt = Start };

    public static OrchestrationMetadata Run(
        string runId, RunState? state, OrchestrationRuntimeStatus runtimeStatus = OrchestrationRuntimeStatus.Running) => new()
        {
            Name = FineTuneRun.Name.Value,
            InstanceId = runId,
            RuntimeStatus = runtimeStatus,
            CreatedAt = Start,
            LastUpdatedAt = Start.AddMinutes(1),
            CustomStatus = state is null ? null : Json(Status(runId, state.Value)),
        };

    public static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value, DurableJson.Options);
}
