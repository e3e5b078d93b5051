using FineTune.Durable;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Runs;

/// <summary>Starts the run of a dropped dataset, once, however often the drop is seen.</summary>
/// <param name="orchestrations">The host's engine.</param>
/// <param name="records">The runs' records: they outlive the engine's own memory of a run.</param>
/// <param name="options">The host's default request and settling time.</param>
public sealed class DatasetIntake(IOrchestrationClient orchestrations, IRunRecords records, DatasetIntakeOptions options)
{
    /// <summary>Starts the drop's run, unless it was started before.</summary>
    /// <param name="drop">The drop.</param>
    /// <param name="cancellationToken">Stops the call; the drop can be handled again.</param>
    /// <returns>The drop's run, and whether this call started it.</returns>
    public async Task<RunStart> HandleAsync(DroppedDataset drop, CancellationToken cancellationToken = default)
    {
        string runId = RunIds.ForDrop(drop);
        if (await orchestrations.GetInstanceAsync(runId, getInputsAndOutputs: false, cancellationToken) is not null
            || await WasPlannedAsync(runId, cancellationToken))
        {
            return new RunStart(runId, RunStartOutcome.AlreadyStarted);
        }

        var input = new RunInput
        {
            Request = options.DefaultRequest,
            Drop = drop,
            SettlingTime = options.SettlingTime,
            RequestedBy = $"drop:{drop.Container}/{drop.Name}",
        };
        bool created = await orchestrations.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, input, runId, cancellationToken);
        return new RunStart(runId, created ? RunStartOutcome.Created : RunStartOutcome.AlreadyStarted);
    }

    // The record outlives an instance that was purged.
    private async Task<bool> WasPlannedAsync(string runId, CancellationToken cancellationToken)
    {
        await using RunRecord? record = await records.OpenAsync(runId, RunRecordNames.Request, cancellationToken);
        return record is not null;
    }
}
