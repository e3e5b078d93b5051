using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.Durable.Embedded.History;
using FineTune.Durable.Embedded.Replay;
using FineTune.Durable.Embedded.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FineTune.Durable.Embedded;

/// <summary>
/// Runs orchestrations and activities in this process, with SQLite as its memory. Each turn of an orchestration is one
/// transaction; activities run at least once. A process that dies at any moment loses nothing: the next engine on the same
/// file goes on. An instance that waits holds no memory and no thread.
/// </summary>
public sealed class DurableTaskEngine : IHostedService, IAsyncDisposable
{
    // After a failed write. The clock of the engine counts, as for everything else.
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(5);

    // The longest wait for a timer in one piece: a machine that slept is at most this late, and no timer overflows.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private const int MaxWarmExecutions = 256;

    private readonly DurableTaskRegistry _registry;
    private readonly IServiceProvider _services;
    private readonly DurableTaskEngineOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly BusyGauge _busy;

    // Instances that have something to do, and whether more came while they were at it. All three under the gate.
    private readonly Lock _gate = new();
    private readonly Dictionary<long, bool> _instances = [];
    private readonly Queue<long> _ready = new();
    private int _turns;

    private readonly ConcurrentDictionary<long, ActivityWorkItem> _activities = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _completions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, OrchestrationExecution> _foreign = new();

    // Executions whose activities are under way: their next turn is near, and need not replay the turns before.
    private readonly ConcurrentDictionary<long, OrchestrationExecution> _warm = new();
    private readonly ConcurrentDictionary<string, bool> _unknownOrchestrations = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ITimer _dueTimer;
    private readonly ITimer _leaseTimer;
    private readonly ITimer _retryTimer;
    private readonly ConcurrentQueue<long> _retries = new();
    private Store? _store;
    private bool _leaseTimerIsSet;
    private volatile bool _resultsLost;
    private volatile bool _accepting;

    /// <summary>Creates an engine; nothing happens until it is started.</summary>
    /// <param name="registry">The orchestrations and activities it runs. Not changed afterwards.</param>
    /// <param name="services">What activities are made from; each call gets a scope of its own where scopes are supported.</param>
    /// <param name="options">How it works.</param>
    /// <param name="logger">Where it logs.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option is out of its range.</exception>
    public DurableTaskEngine(
        DurableTaskRegistry registry, IServiceProvider services, DurableTaskEngineOptions options, ILogger<DurableTaskEngine>? logger = null)
    {
        options.Validate();
        _registry = registry;
        _services = services;
        _options = options;
        _logger = logger ?? NullLogger<DurableTaskEngine>.Instance;
        _time = options.TimeProvider;
        _busy = new BusyGauge(_time);
        _dueTimer = CreateTimer(OnTimersDue);
        _leaseTimer = CreateTimer(OnLeasesDue);
        _retryTimer = CreateTimer(OnRetriesDue);
        Client = new EmbeddedOrchestrationClient(this, registry);
    }

    /// <summary>Starts instances and asks after them. Works while the engine is started.</summary>
    public IOrchestrationClient Client { get; }

    /// <summary>The engine's clock.</summary>
    internal TimeProvider Time => _time;

    /// <summary>The database.</summary>
    /// <exception cref="InvalidOperationException">The engine was not started.</exception>
    internal Store Store => _store ?? throw new InvalidOperationException("The durable task engine is not started.");

    /// <summary>Opens the database and goes on with everything that is in it. An engine is started once.</summary>
    /// <param name="cancellationToken">Not used: opening a file is not waiting.</param>
    /// <returns>A task that ends when the engine works.</returns>
    /// <exception cref="DataDirectoryInUseException">Another engine has the database open.</exception>
    /// <exception cref="UnsupportedSchemaVersionException">The database was written by a newer version.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_store is not null)
        {
            throw new InvalidOperationException("The durable task engine was started before.");
        }

        string path = Path.GetFullPath(_options.DatabasePath);
        _store = Store.Open(
            path,
            _options.FlushToDisk,
            _registry,
            new StoreEvents(FreeActivitySlots, () => _time.GetUtcNow() + _options.ActivityLeaseDuration, OnCommitted, _options.CommitHook),
            _busy);
        _accepting = true;
        EngineLog.Started(_logger, path);

        // The lock on the data directory tells that whoever leased an activity is gone.
        await _store.WriteAsync(transaction => transaction.ReleaseAllActivities() && transaction.WakeAll());
    }

    /// <summary>
    /// Takes no more work, cancels running activities and waits for them. Those that have not ended when
    /// <paramref name="cancellationToken"/> is signalled are left behind, their results are dropped. The next engine runs all of them again.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task that ends when the database is closed.</returns>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_store is null || _stopping.IsCancellationRequested)
        {
            return;
        }

        await StopWorkAsync();
        await _busy.WhenIdleAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        int unfinished = _activities.Count;
        await CloseAsync();
        EngineLog.Stopped(_logger, unfinished);
    }

    /// <summary>Stops the engine and waits for running activities without limit.</summary>
    /// <returns>A task that ends when the database is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await DisposeTimersAsync();
        _stopping.Dispose();
    }

    /// <summary>
    /// The history of an instance's current execution as indented JSON, for <see cref="OrchestrationReplayer"/> and for people.
    /// It holds inputs and outputs.
    /// </summary>
    /// <param name="instanceId">Which.</param>
    /// <returns>The JSON document.</returns>
    /// <exception cref="KeyNotFoundException">There is no such instance.</exception>
    public string ExportHistory(string instanceId)
    {
        ExportedHistory history = Store.ReadHistory(instanceId)
            ?? throw new KeyNotFoundException($"There is no instance '{instanceId}'.");
        string json = JsonSerializer.Serialize(history, HistoryJson.Default.ExportedHistory);
        return JsonNode.Parse(json)!.ToJsonString(HistoryJson.ForPeople);
    }

    /// <summary>Completes when the engine has nothing to do but wait for timers and events.</summary>
    internal Task WhenIdleAsync() => _busy.WhenIdleAsync();

    /// <summary>A task that ends when the instance does.</summary>
    internal Task WhenCompletedAsync(string instanceId) =>
        _completions.GetOrAdd(instanceId, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Ends the tasks that wait for the instance.</summary>
    internal void SetCompleted(string instanceId)
    {
        if (_completions.TryRemove(instanceId, out TaskCompletionSource? completion))
        {
            completion.SetResult();
        }
    }

    /// <summary>For tests: lets go of everything without writing anything, as if the process had been killed.</summary>
    internal async Task AbandonAsync()
    {
        await StopWorkAsync();
        await CloseAsync();
    }

    private async Task StopWorkAsync()
    {
        _accepting = false;

        // What an activity does on cancellation must not keep the engine from closing its files.
        await _stopping.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeTimersAsync();
        DropReadyInstances();
    }

    private async Task DisposeTimersAsync()
    {
        await _dueTimer.DisposeAsync();
        await _leaseTimer.DisposeAsync();
        await _retryTimer.DisposeAsync();
    }

    private async Task CloseAsync()
    {
        await Store.CloseAsync();
        _busy.End();
        foreach (string instanceId in _completions.Keys)
        {
            if (_completions.TryRemove(instanceId, out TaskCompletionSource? completion))
            {
                completion.SetException(new InvalidOperationException("The durable task engine was stopped before the instance ended."));
            }
        }
    }

    private ITimer CreateTimer(Action action) =>
        _time.CreateTimer(static state => ((Action)state!)(), action, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private int FreeActivitySlots() => _accepting ? _options.MaxConcurrentActivities - _activities.Count : 0;

    // Called by the store's writer.
    private void OnCommitted(CommitEffects effects)
    {
        foreach (long sequence in effects.Wake)
        {
            Wake(sequence);
        }

        foreach (ActivityWorkItem item in effects.Leased)
        {
            StartActivity(item);
        }

        SetLeaseTimer();

        if (effects.TimersChanged)
        {
            ArmDueTimer(effects.NextTimer);
        }

        foreach (string instanceId in effects.Ended)
        {
            SetCompleted(instanceId);
        }
    }

    private void Wake(long sequence)
    {
        lock (_gate)
        {
            if (!_accepting)
            {
                return;
            }

            if (_instances.ContainsKey(sequence))
            {
                _instances[sequence] = true;
                return;
            }

            _instances.Add(sequence, false);
            _busy.Enter();
            _ready.Enqueue(sequence);
            StartTurns();
        }
    }

    private void StartTurns()
    {
        while (_turns < _options.MaxConcurrentOrchestrations && _ready.TryDequeue(out long sequence))
        {
            _turns++;

            // Unsafe: what the caller has in its execution context is not the orchestration's.
            ThreadPool.UnsafeQueueUserWorkItem(static x => _ = x.Engine.RunInstanceAsync(x.Sequence), (Engine: this, Sequence: sequence), preferLocal: true);
        }
    }

    private void DropReadyInstances()
    {
        lock (_gate)
        {
            while (_ready.TryDequeue(out long sequence))
            {
                _instances.Remove(sequence);
                _busy.Exit();
            }
        }
    }

    // The inbox keeps what could not be done; an instance is never lost by an exception here.
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The inbox keeps the messages; the turn is tried again.")]
    private async Task RunInstanceAsync(long sequence)
    {
        bool again = false;
        try
        {
            again = await RunTurnAsync(sequence);
        }
        catch (Exception) when (_store!.IsClosed)
        {
            // Stopped or crashed: the next engine goes on from the inbox.
        }
        catch (SqliteException e)
        {
            EngineLog.TurnNotCommitted(_logger, e, sequence);
            RetryLater(sequence);
        }
        catch (Exception e)
        {
            // A damaged row, or a defect of the engine: again and again would not help.
            EngineLog.TurnImpossible(_logger, e, sequence);
        }

        lock (_gate)
        {
            _turns--;
            if (_accepting && (again || _instances[sequence]))
            {
                _instances[sequence] = false;
                _ready.Enqueue(sequence);
            }
            else
            {
                _instances.Remove(sequence);
                _busy.Exit();
            }

            if (_accepting)
            {
                StartTurns();
            }
        }
    }

    /// <returns>Whether there are more messages.</returns>
    private async Task<bool> RunTurnAsync(long sequence)
    {
        _warm.TryRemove(sequence, out OrchestrationExecution? execution);
        OrchestrationRegistration? registration = null;
        TurnInput? input = _store!.ReadTurn(sequence, row =>
        {
            execution = execution is not null && execution.Execution == row.Execution && execution.EventCount == row.Events ? execution : null;
            return _registry.Orchestrations.TryGetValue(row.Name, out registration) && execution is null;
        });
        _foreign.TryRemove(sequence, out OrchestrationExecution? foreign);
        if (input is null)
        {
            return false;
        }

        InstanceRow instance = input.Instance;
        if (registration is null)
        {
            if (_unknownOrchestrations.TryAdd(instance.Name, true))
            {
                EngineLog.UnknownOrchestration(_logger, instance.InstanceId, instance.Name);
            }

            return false;
        }

        TurnResult turn;
        if (foreign?.Execution == instance.Execution)
        {
            turn = OrchestrationExecution.Fail(
                _time.GetUtcNow(), input.Messages, OrchestrationExecution.ForeignTaskError(instance.Name, instance.InstanceId));
        }
        else if (input.Messages.Count == 0)
        {
            return false;
        }
        else
        {
            execution ??= new OrchestrationExecution(
                registration, instance.InstanceId, instance.Execution, _options.MaxHistoryEvents, stray => OnForeignContinuation(sequence, stray));
            turn = RunTurn(execution, input);
        }

        if (turn.Failure is not null)
        {
            EngineLog.InstanceFailed(_logger, instance.InstanceId, instance.Name, turn.Failure.ErrorMessage);
        }

        await _store.WriteAsync(transaction => transaction.CommitTurn(instance, input.LastMessageId, turn));
        if (turn.Outcome == TurnOutcome.Waiting && execution!.HasActivitiesUnderWay && _warm.Count < MaxWarmExecutions)
        {
            _warm[sequence] = execution;
        }

        return input.HasMore;
    }

    private TurnResult RunTurn(OrchestrationExecution execution, TurnInput input)
    {
        try
        {
            execution.Replay(input.History);
        }
        catch (NonDeterministicOrchestrationException e)
        {
            return OrchestrationExecution.Fail(_time.GetUtcNow(), input.Messages, e);
        }

        return execution.RunTurn(_time.GetUtcNow(), input.Messages);
    }

    // The code of a turn that is over awaited something foreign, which has ended only now.
    private void OnForeignContinuation(long sequence, OrchestrationExecution execution)
    {
        _foreign[sequence] = execution;
        Wake(sequence);
    }

    private void StartActivity(ActivityWorkItem item)
    {
        _busy.Enter();
        _activities[item.Id] = item;
        ThreadPool.UnsafeQueueUserWorkItem(static x => _ = x.Engine.RunActivityAsync(x.Item), (Engine: this, Item: item), preferLocal: true);
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever an activity throws is its result.")]
    private async Task RunActivityAsync(ActivityWorkItem item)
    {
        ReceivedEvent? answer = null;
        try
        {
            answer = new TaskCompleted(item.TaskId, await InvokeAsync(item));
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // The host stops: whatever came of it, the next engine runs the activity again.
        }
        catch (Exception e)
        {
            EngineLog.ActivityFailed(_logger, e, item.Name, item.InstanceId);
            answer = new TaskFailed(item.TaskId, Failures.Describe(e));
        }

        await EndActivityAsync(item, answer);
    }

    private async Task<string?> InvokeAsync(ActivityWorkItem item)
    {
        if (!_registry.Activities.TryGetValue(item.Name, out ActivityRegistration? registration))
        {
            throw new InvalidOperationException($"No activity named '{item.Name}' is registered in this host.");
        }

        var context = new ActivityContext(item.InstanceId, registration.Name);
        if (_services.GetService(typeof(IServiceScopeFactory)) is not IServiceScopeFactory)
        {
            return await registration.RunAsync(_services, context, item.Input, _stopping.Token);
        }

        await using AsyncServiceScope scope = _services.CreateAsyncScope();
        return await registration.RunAsync(scope.ServiceProvider, context, item.Input, _stopping.Token);
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The lease runs out and the activity runs again.")]
    private async Task EndActivityAsync(ActivityWorkItem item, ReceivedEvent? answer)
    {
        try
        {
            // The slot is free before the write, so that the same transaction can lease the next call.
            _activities.TryRemove(item.Id, out _);
            if (answer is not null)
            {
                await _store!.WriteAsync(transaction => transaction.CompleteActivity(item, answer));
            }
        }
        catch (Exception) when (_store!.IsClosed)
        {
            // Stopped or crashed: the next engine runs the activity again.
        }
        catch (Exception e)
        {
            EngineLog.ActivityNotRecorded(_logger, e, item.Name, item.InstanceId);
            _resultsLost = true;
            if (_accepting)
            {
                _leaseTimer.Change(_options.ActivityLeaseDuration / 3, Timeout.InfiniteTimeSpan);
            }
        }
        finally
        {
            _busy.Exit();
        }
    }

    private void ArmDueTimer(DateTimeOffset? due)
    {
        if (!_accepting)
        {
            return;
        }

        if (due is null)
        {
            _dueTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        // Rounded up to a millisecond, the grain of the system's timers: waking too early would only wake twice.
        TimeSpan wait = due.Value - _time.GetUtcNow();
        wait = wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestWait ? LongestWait : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        _dueTimer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    // Called by the store's writer only. No timer without need: it would keep waking the process, and draw skipping time on.
    private void SetLeaseTimer()
    {
        bool isNeeded = _accepting && (_resultsLost || !_activities.IsEmpty);
        if (isNeeded != _leaseTimerIsSet)
        {
            _leaseTimerIsSet = isNeeded;
            _leaseTimer.Change(isNeeded ? _options.ActivityLeaseDuration / 3 : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimersDue() => WriteFromTimer(transaction => transaction.FireTimers(_time.GetUtcNow()), _dueTimer);

    private void OnLeasesDue() => WriteFromTimer(
        transaction =>
        {
            DateTimeOffset now = _time.GetUtcNow();
            _leaseTimerIsSet = false;
            _resultsLost = transaction.RenewLeases(_activities.Keys, now, now + _options.ActivityLeaseDuration);
            return true;
        },
        _leaseTimer);

    private void OnRetriesDue()
    {
        int count = _retries.Count;
        for (int i = 0; i < count && _retries.TryDequeue(out long sequence); i++)
        {
            Wake(sequence);
        }
    }

    private void RetryLater(long sequence)
    {
        _retries.Enqueue(sequence);
        if (_accepting)
        {
            _retryTimer.Change(RetryInterval, Timeout.InfiniteTimeSpan);
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Tried again by the timer.")]
    private async void WriteFromTimer(Func<StoreTransaction, bool> work, ITimer timer)
    {
        try
        {
            await _store!.WriteAsync(work);
        }
        catch (Exception) when (_store!.IsClosed)
        {
            // Stopped or crashed: the next engine looks at all timers.
        }
        catch (Exception e)
        {
            EngineLog.TimersNotCommitted(_logger, e);
            if (_accepting)
            {
                timer.Change(RetryInterval, Timeout.InfiniteTimeSpan);
            }
        }
    }
}
