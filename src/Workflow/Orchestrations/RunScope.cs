using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Orchestrations;

/// <summary>
/// A run while it is under way: its status, its cancellation, and calls that leave the straight way with
/// <see cref="RunStoppedException"/> when something fails or somebody cancels.
/// </summary>
internal sealed class RunScope
{
    private const int MaxWarnings = 20;
    private readonly OrchestrationContext _context;
    private readonly Task<RunCommand> _cancel;

    public RunScope(OrchestrationContext context)
    {
        _context = context;
        _cancel = context.WaitForExternalEvent<RunCommand>(RunEvents.Cancel);
        Status = new RunStatus
        {
            RunId = context.InstanceId,
            State = RunState.Accepted,
            StartedAt = context.CurrentUtcDateTime,
            UpdatedAt = context.CurrentUtcDateTime,
        };
    }

    public RunStatus Status { get; private set; }

    public string RunId => Status.RunId;

    public Task Cancel => _cancel;

    /// <summary>Moves to a state. The transition table is enforced: a wrong one is a defect and fails the instance.</summary>
    public void Enter(RunState state, Func<RunStatus, RunStatus>? change = null)
    {
        if (!RunTransitions.From(Status.State).Contains(state))
        {
            throw new InvalidOperationException($"A run can't go from {Status.State} to {state}.");
        }

        DateTimeOffset now = _context.CurrentUtcDateTime;
        List<RunStep> steps = [.. Status.Steps];
        if (steps.Count > 0)
        {
            steps[^1] = steps[^1] with { EndedAt = now };
        }

        steps.Add(new RunStep(state, now, RunTransitions.IsTerminal(state) ? now : null));
        Update(status => (change?.Invoke(status) ?? status) with { State = state, Steps = steps });
    }

    /// <summary>Says what came of the present state.</summary>
    public void Detail(string detail) =>
        Update(status => status with { Steps = [.. status.Steps.SkipLast(1), status.Steps[^1] with { Detail = detail }] });

    public void Warn(IEnumerable<string> warnings) =>
        Update(status => status with { Warnings = [.. status.Warnings.Concat(warnings).Distinct(StringComparer.Ordinal).Take(MaxWarnings)] });

    public void Update(Func<RunStatus, RunStatus> change)
    {
        Status = change(Status) with { UpdatedAt = _context.CurrentUtcDateTime };
        _context.SetCustomStatus(Status);
    }

    /// <summary>Shows what is failing and tried again; null when that is over.</summary>
    public void Retrying(RetryStatus? retry) => Update(status => status with { Retry = retry });

    /// <summary>Shows which child tells how it goes on; null when that is over.</summary>
    public void WaitsFor(string? child) => Update(status => status with { WaitsFor = child });

    /// <summary>Runs an activity to a final outcome; anything but success stops the run, and so does a cancellation meanwhile.</summary>
    public async Task<TOutput> DoAsync<TInput, TOutput>(ActivityName<TInput, Outcome<TOutput>> activity, TInput input)
    {
        Outcome<TOutput> outcome = await TryAsync(activity, input);
        return outcome.IsSuccess ? outcome.Value : throw new RunStoppedException(RunState.Failed, outcome.Failure);
    }

    /// <summary>Runs an activity to a final outcome; only a cancellation stops the run.</summary>
    public async Task<Outcome<TOutput>> TryAsync<TInput, TOutput>(ActivityName<TInput, Outcome<TOutput>> activity, TInput input)
    {
        ThrowIfCanceled();
        Outcome<TOutput> outcome = await _context.AttemptAsync(activity, input, _cancel, Retrying);
        ThrowIfCanceled();
        return outcome;
    }

    /// <summary>Waits for an operation that an activity started.</summary>
    public async Task<Outcome<Unit>> WaitAsync(string what, OperationStart start, TimeSpan allowed)
    {
        if (start.Operation is null)
        {
            return Outcome<Unit>.Success(Unit.Value);
        }

        string child = $"{RunId}:operation-{_context.NewGuid():N}";
        Task<Outcome<Unit>> wait = _context.CallSubOrchestratorAsync(
            WaitForOperation.Name,
            new OperationWait(what, start.Operation, _context.CurrentUtcDateTime + allowed, allowed),
            child);
        WaitsFor(child);
        if (await Task.WhenAny(wait, _cancel) == _cancel)
        {
            _context.SendEvent(child, RunEvents.Stop, Unit.Value);
        }

        Outcome<Unit> waited = await wait;
        WaitsFor(null);
        ThrowIfCanceled();
        return waited;
    }

    /// <summary>Waits for an operation; anything but success stops the run.</summary>
    public async Task WaitOrStopAsync(string what, OperationStart start, TimeSpan allowed)
    {
        Outcome<Unit> outcome = await WaitAsync(what, start, allowed);
        if (!outcome.IsSuccess)
        {
            throw new RunStoppedException(RunState.Failed, outcome.Failure);
        }
    }

    public void ThrowIfCanceled()
    {
        if (_cancel.IsCompletedSuccessfully)
        {
            throw new RunStoppedException(RunState.Canceled, Failures.Canceled(_cancel.Result));
        }
    }
}
