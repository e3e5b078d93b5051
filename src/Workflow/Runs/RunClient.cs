using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Runs;

/// <summary>Starts runs, tells how they stand, and hands them a person's orders: what API, command line and watcher share.</summary>
/// <param name="orchestrations">The host's engine.</param>
public sealed class RunClient(IOrchestrationClient orchestrations)
{
    private const string LeftBehind =
        "A job that still runs must be canceled by hand; an endpoint is deleted by the sweeper when its time to live ends.";

    private const string Suspended =
        "The run's orchestration is suspended: nothing goes on, not even its time to live, until an operator resumes it. The sweeper deletes its endpoint all the same.";

    /// <summary>Starts a run.</summary>
    /// <param name="request">What is asked for; already validated.</param>
    /// <param name="idempotencyKey">The caller's key: the same key again is the same run. Null for a new run each time.</param>
    /// <param name="requestedBy">Who asks, for the audit trail.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>The run's id, and whether this call started it.</returns>
    public async Task<RunStart> StartAsync(
        RunRequest request, string? idempotencyKey, string? requestedBy, CancellationToken cancellationToken = default)
    {
        string runId = idempotencyKey is null ? RunIds.New(Guid.NewGuid()) : RunIds.ForKey(idempotencyKey);
        var input = new RunInput { Request = request, RequestedBy = requestedBy };
        if (await orchestrations.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, input, runId, cancellationToken))
        {
            return new RunStart(runId, RunStartOutcome.Created);
        }

        OrchestrationMetadata? first = await orchestrations.GetInstanceAsync(runId, getInputsAndOutputs: true, cancellationToken);
        return new RunStart(runId, Read<RunInput>(first?.Input) is { } was && !IsSame(was.Request, request)
            ? RunStartOutcome.KeyUsedForAnotherRequest
            : RunStartOutcome.AlreadyStarted);
    }

    /// <summary>Lists runs, newest first. Progress inside a job is left out: ask for the run itself.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>The runs.</returns>
    public async Task<IReadOnlyList<RunStatus>> ListAsync(RunQuery query, CancellationToken cancellationToken = default)
    {
        var runs = new List<RunStatus>(Math.Min(query.Limit, 16));
        var instances = new OrchestrationQuery
        {
            Name = FineTuneRun.Name.Value,
            Statuses = RuntimeStatuses(query.States),
        };
        await foreach (OrchestrationMetadata instance in orchestrations.GetAllInstancesAsync(instances, cancellationToken))
        {
            RunStatus run = StatusOf(instance);
            if (query.States.Count == 0 || query.States.Contains(run.State))
            {
                runs.Add(run);
                if (runs.Count == query.Limit)
                {
                    break;
                }
            }
        }

        return runs;
    }

    /// <summary>Tells how a run stands; while its job trains, with the job's progress; with what is failing and tried again.</summary>
    /// <param name="runId">Which.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>The run, or null when there is none of that id.</returns>
    public async Task<RunStatus?> GetAsync(string runId, CancellationToken cancellationToken = default)
    {
        OrchestrationMetadata? instance = await FindAsync(runId, cancellationToken);
        if (instance is null)
        {
            return null;
        }

        RunStatus run = StatusOf(instance);
        if ((run.State == RunState.Training ? RunInstances.Watch(runId) : run.WaitsFor) is not { } childId)
        {
            return run;
        }

        OrchestrationMetadata? child = await orchestrations.GetInstanceAsync(childId, getInputsAndOutputs: false, cancellationToken);
        if (run.State != RunState.Training)
        {
            return Read<RetryStatus>(child?.CustomStatus) is { LastError: not null } retry ? run with { Retry = retry } : run;
        }

        return Read<JobProgress>(child?.CustomStatus) is not { } progress ? run
            : run with { Job = progress.Job.Status == JobSnapshot.Unknown ? run.Job : progress with { Retry = null }, Retry = progress.Retry };
    }

    /// <summary>Ends a run with everything removed. Possible until it has ended.</summary>
    /// <param name="runId">Which.</param>
    /// <param name="command">Who and why.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>How the order was met.</returns>
    public Task<RunCommandResult> CancelAsync(string runId, RunCommand command, CancellationToken cancellationToken = default) =>
        RaiseAsync(runId, RunEvents.Cancel, command, static _ => true, cancellationToken);

    /// <summary>Approves or rejects a model. Possible while the run waits for it.</summary>
    /// <param name="runId">Which.</param>
    /// <param name="decision">The decision.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>How the order was met.</returns>
    public Task<RunCommandResult> ApproveAsync(string runId, ApprovalDecision decision, CancellationToken cancellationToken = default) =>
        RaiseAsync(runId, RunEvents.Approval, decision, static state => state == RunState.AwaitingApproval, cancellationToken);

    /// <summary>Lengthens the serving time. Possible while the run serves.</summary>
    /// <param name="runId">Which.</param>
    /// <param name="command">By how much.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>How the order was met.</returns>
    public Task<RunCommandResult> ExtendAsync(string runId, ExtendCommand command, CancellationToken cancellationToken = default) =>
        RaiseAsync(runId, RunEvents.Extend, command, static state => state == RunState.Serving, cancellationToken);

    /// <summary>Ends a run and leaves its endpoint serving without an end. Possible while the run serves.</summary>
    /// <param name="runId">Which.</param>
    /// <param name="command">Who and why.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>How the order was met.</returns>
    public Task<RunCommandResult> KeepAsync(string runId, RunCommand command, CancellationToken cancellationToken = default) =>
        RaiseAsync(runId, RunEvents.Keep, command, static state => state == RunState.Serving, cancellationToken);

    /// <summary>Ends the serving now. Possible while the run serves.</summary>
    /// <param name="runId">Which.</param>
    /// <param name="command">Who and why.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>How the order was met.</returns>
    public Task<RunCommandResult> TearDownAsync(string runId, RunCommand command, CancellationToken cancellationToken = default) =>
        RaiseAsync(runId, RunEvents.TearDown, command, static state => state == RunState.Serving, cancellationToken);

    private async Task<RunCommandResult> RaiseAsync<T>(
        string runId, string eventName, T payload, Func<RunState, bool> isPossible, CancellationToken cancellationToken)
    {
        OrchestrationMetadata? instance = await FindAsync(runId, cancellationToken);
        if (instance is null)
        {
            return new RunCommandResult(RunCommandOutcome.NotFound, State: null);
        }

        RunState state = StatusOf(instance).State;
        if (instance.IsCompleted || RunTransitions.IsTerminal(state))
        {
            return new RunCommandResult(RunCommandOutcome.AlreadyEnded, state);
        }

        if (!isPossible(state))
        {
            return new RunCommandResult(RunCommandOutcome.NotInThatState, state);
        }

        bool stored = await orchestrations.RaiseEventAsync(runId, eventName, payload, cancellationToken);
        return new RunCommandResult(stored ? RunCommandOutcome.Accepted : RunCommandOutcome.AlreadyEnded, state);
    }

    // A run's children are instances too; their ids are no run ids.
    private async Task<OrchestrationMetadata?> FindAsync(string runId, CancellationToken cancellationToken)
    {
        OrchestrationMetadata? instance =
            await orchestrations.GetInstanceAsync(runId, getInputsAndOutputs: false, cancellationToken);
        return string.Equals(instance?.Name, FineTuneRun.Name.Value, StringComparison.OrdinalIgnoreCase) ? instance : null;
    }

    private static RunStatus StatusOf(OrchestrationMetadata instance)
    {
        RunStatus status = Read<RunStatus>(instance.CustomStatus) ?? new RunStatus
        {
            RunId = instance.InstanceId,
            State = RunState.Accepted,
            StartedAt = instance.CreatedAt,
            UpdatedAt = instance.CreatedAt,
        };
        return instance.RuntimeStatus switch
        {
            OrchestrationRuntimeStatus.Failed => Ended(status, instance, new Failure(
                "OrchestrationFailed",
                $"The run's orchestration ended with {instance.FailureDetails?.ErrorType}: {instance.FailureDetails?.ErrorMessage}")
            {
                Where = instance.InstanceId,
                NextStep = "This is a defect in the workflow, or its code changed under a running instance. Look at the host's log. " + LeftBehind,
            }),
            OrchestrationRuntimeStatus.Terminated => Ended(status, instance, new Failure(
                "OrchestrationTerminated", "Somebody terminated the run's orchestration: it could not remove what it had made.")
            {
                Where = instance.InstanceId,
                NextStep = "To end a run in order, cancel it instead. " + LeftBehind,
            }),
            OrchestrationRuntimeStatus.Suspended => status with { Warnings = [.. status.Warnings, Suspended] },
            _ => status,
        };
    }

    private static RunStatus Ended(RunStatus status, OrchestrationMetadata instance, Failure failure) => status with
    {
        State = RunState.Failed,
        UpdatedAt = instance.LastUpdatedAt,
        Failure = status.Failure ?? failure,
    };

    // Narrows what the engine reads. A run that ended, in whichever way, is a completed orchestration;
    // a failed or terminated orchestration is a failed run.
    private static IReadOnlyList<OrchestrationRuntimeStatus> RuntimeStatuses(IReadOnlyList<RunState> states) =>
        states.Count == 0 ? []
        : states.All(RunTransitions.IsTerminal) ? [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated]
        : states.Any(RunTransitions.IsTerminal) ? []
        : [OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running, OrchestrationRuntimeStatus.Suspended];

    private static bool IsSame(RunRequest one, RunRequest other) => JsonElement.DeepEquals(
        JsonSerializer.SerializeToElement(one, DurableJson.Options), JsonSerializer.SerializeToElement(other, DurableJson.Options));

    private static T? Read<T>(JsonElement? json)
        where T : class => json?.Deserialize<T>(DurableJson.Options);
}
