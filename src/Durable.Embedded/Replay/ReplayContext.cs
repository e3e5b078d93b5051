using System.Globalization;
using System.Text.Json;
using FineTune.Durable.Embedded.History;

namespace FineTune.Durable.Embedded.Replay;

/// <summary>What the code of one execution may do: each call becomes an action, each message ends a call.</summary>
internal sealed class ReplayContext : OrchestrationContext
{
    private readonly ReplaySynchronizationContext _turn;
    private readonly int _execution;
    private readonly int _maxActions;
    private readonly List<ActionEvent> _actions = [];
    private readonly Dictionary<int, PendingCall> _calls = [];
    private readonly Dictionary<int, PendingCall> _timers = [];
    private readonly List<(string Name, PendingCall Call)> _waiters = [];
    private readonly List<EventRaised> _buffered = [];
    private int _nextId;
    private int _nextGuid;
    private string? _parentInstanceId;
    private string _version = string.Empty;
    private DateTimeOffset _now;

    public ReplayContext(ReplaySynchronizationContext turn, string name, string instanceId, int execution, int maxActions)
    {
        _turn = turn;
        _execution = execution;
        _maxActions = maxActions;
        Name = name;
        InstanceId = instanceId;
    }

    public override string InstanceId { get; }

    public override string Name { get; }

    public override string? ParentInstanceId => _parentInstanceId;

    public override string Version => _version;

    public override DateTimeOffset CurrentUtcDateTime => _now;

    public override bool IsReplaying => IsReplayingNow;

    /// <summary>Set by the execution that owns this context.</summary>
    public bool IsReplayingNow { get; set; }

    /// <summary>What the code asked for in this turn.</summary>
    public IReadOnlyList<ActionEvent> Actions => _actions;

    /// <summary>An error that ends the execution even if the code caught it.</summary>
    public Exception? Fatal { get; private set; }

    public bool CustomStatusChanged { get; private set; }

    public string? CustomStatus { get; private set; }

    public bool ContinuesAsNew { get; private set; }

    public string? NextInput { get; private set; }

    public bool PreservesEvents { get; private set; }

    /// <summary>Whether anything can still come that moves the code on.</summary>
    public bool IsWaiting => _calls.Count > 0 || _timers.Count > 0 || _waiters.Count > 0;

    /// <summary>How many activities have not answered yet.</summary>
    public int PendingActivities { get; private set; }

    public void BeginTurn(DateTimeOffset timestamp)
    {
        _now = timestamp;
        _actions.Clear();
        CustomStatusChanged = false;
    }

    public void Start(ExecutionStarted started)
    {
        _version = started.Version;
        _parentInstanceId = started.ParentInstanceId;
    }

    /// <summary>Takes a message in. One that nobody waits for any more (a canceled timer's) is ignored.</summary>
    public void Receive(ReceivedEvent message)
    {
        switch (message)
        {
            case TaskCompleted completed when _calls.Remove(completed.TaskId, out PendingCall? call):
                PendingActivities--;
                call.Complete(completed.Result);
                break;
            case SubOrchestrationCompleted completed when _calls.Remove(completed.TaskId, out PendingCall? call):
                call.Complete(completed.Result);
                break;
            case TaskFailed failed when _calls.Remove(failed.TaskId, out PendingCall? call):
                PendingActivities--;
                call.Fail(failed.Failure);
                break;
            case SubOrchestrationFailed failed when _calls.Remove(failed.TaskId, out PendingCall? call):
                call.Fail(failed.Failure);
                break;
            case TimerFired fired when _timers.Remove(fired.TimerId, out PendingCall? timer):
                timer.Complete(json: null);
                break;
            case EventRaised raised:
                Receive(raised);
                break;
        }
    }

    public IReadOnlyList<EventRaised> UnprocessedEvents() => _buffered;

    public override Task<TOutput> CallActivityAsync<TInput, TOutput>(
        ActivityName<TInput, TOutput> activity, TInput input, RetryPolicy? retry = null)
    {
        EnsureAccess();
        ArgumentException.ThrowIfNullOrEmpty(activity.Value, nameof(activity));
        if (retry is null)
        {
            return ScheduleActivity<TOutput>(activity.Value, Write(input));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(retry.MaxNumberOfAttempts, 1, nameof(retry));
        return CallWithRetriesAsync<TOutput>(activity.Value, Write(input), retry);
    }

    public override Task<TOutput> CallSubOrchestratorAsync<TInput, TOutput>(
        OrchestrationName<TInput, TOutput> orchestration, TInput input, string? instanceId = null)
    {
        EnsureAccess();
        ArgumentException.ThrowIfNullOrEmpty(orchestration.Value, nameof(orchestration));
        int id = _nextId;
        string childId = instanceId ?? ChildInstanceId(id);
        InstanceIds.Validate(childId);
        Add(new SubOrchestrationCreated(id, orchestration.Value, childId, Write(input)));
        var call = new PendingCall<TOutput>(orchestration.Value);
        _calls.Add(id, call);
        return call.Task;
    }

    public override Task CreateTimer(DateTimeOffset fireAt, CancellationToken cancellationToken = default)
    {
        EnsureAccess();
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        int id = _nextId;
        Add(new TimerCreated(id, fireAt.ToUniversalTime()));
        var timer = new PendingCall<object?>("timer");
        _timers.Add(id, timer);
        timer.Registration = cancellationToken.UnsafeRegister(_ => CancelTimer(id, cancellationToken), null);
        return timer.Task;
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        EnsureAccess();
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        var call = new PendingCall<T>(eventName);
        int index = _buffered.FindIndex(raised => IsNamed(raised.Name, eventName));
        if (index >= 0)
        {
            EventRaised raised = _buffered[index];
            _buffered.RemoveAt(index);
            call.Complete(raised.Payload);
            return call.Task;
        }

        _waiters.Add((eventName, call));
        call.Registration = cancellationToken.UnsafeRegister(_ => CancelWaiter(call, cancellationToken), null);
        return call.Task;
    }

    public override void SendEvent<T>(string instanceId, string eventName, T payload)
    {
        EnsureAccess();
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        Add(new EventSent(_nextId, instanceId, eventName, Write(payload)));
    }

    public override void SetCustomStatus<T>(T customStatus)
    {
        EnsureAccess();
        CustomStatus = Write(customStatus);
        CustomStatusChanged = true;
    }

    public override void ContinueAsNew<TInput>(TInput newInput, bool preserveUnprocessedEvents = true)
    {
        EnsureAccess();
        NextInput = Write(newInput);
        PreservesEvents = preserveUnprocessedEvents;
        ContinuesAsNew = true;
    }

    public override Guid NewGuid()
    {
        EnsureAccess();
        return DeterministicGuid.Create(string.Create(CultureInfo.InvariantCulture, $"{InstanceId}:{_execution}:{_nextGuid++}"));
    }

    private static string? Write<T>(T value) => value is null ? null : JsonSerializer.Serialize(value, DurableJson.Options);

    private static bool IsNamed(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    private async Task<TOutput> CallWithRetriesAsync<TOutput>(string name, string? input, RetryPolicy retry)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await ScheduleActivity<TOutput>(name, input);
            }
            catch (TaskFailedException) when (attempt < retry.MaxNumberOfAttempts)
            {
                await CreateTimer(CurrentUtcDateTime + retry.IntervalAfter(attempt));
            }
        }
    }

    private Task<TOutput> ScheduleActivity<TOutput>(string name, string? input)
    {
        int id = _nextId;
        Add(new TaskScheduled(id, name, input));
        var call = new PendingCall<TOutput>(name);
        _calls.Add(id, call);
        PendingActivities++;
        return call.Task;
    }

    private string ChildInstanceId(int id)
    {
        string readable = string.Create(CultureInfo.InvariantCulture, $"{InstanceId}:{_execution}.{id}");
        return readable.Length <= InstanceIds.MaxLength ? readable : $"{InstanceId[..60]}:{DeterministicGuid.Create(readable):N}";
    }

    private void Add(ActionEvent action)
    {
        if (_actions.Count >= _maxActions)
        {
            Fatal ??= new HistoryLimitExceededException(InstanceId, _maxActions);
            throw Fatal;
        }

        _nextId++;
        _actions.Add(action);
    }

    private void Receive(EventRaised raised)
    {
        int index = _waiters.FindIndex(waiter => IsNamed(waiter.Name, raised.Name));
        if (index < 0)
        {
            _buffered.Add(raised);
            return;
        }

        PendingCall call = _waiters[index].Call;
        _waiters.RemoveAt(index);
        call.Complete(raised.Payload);
    }

    private void CancelTimer(int id, CancellationToken cancellationToken)
    {
        if (IsAccessible() && _timers.Remove(id, out PendingCall? timer))
        {
            Add(new TimerCanceled(_nextId, id));
            timer.Cancel(cancellationToken);
        }
    }

    private void CancelWaiter(PendingCall call, CancellationToken cancellationToken)
    {
        if (IsAccessible() && _waiters.RemoveAll(waiter => waiter.Call == call) > 0)
        {
            call.Cancel(cancellationToken);
        }
    }

    private void EnsureAccess()
    {
        if (!IsAccessible())
        {
            throw Fatal!;
        }
    }

    // Another thread than the turn's: the code awaited a foreign task, or keeps its context beyond its end.
    private bool IsAccessible()
    {
        if (_turn.IsRunning)
        {
            return true;
        }

        Fatal ??= OrchestrationExecution.ForeignTaskError(Name, InstanceId);
        _turn.ReportForeign();
        return false;
    }
}
