using FineTune.Durable.Embedded.History;

namespace FineTune.Durable.Embedded.Replay;

/// <summary>
/// One execution of an orchestration in memory: replayed from its history, then driven by new messages, turn by turn.
/// Not thread-safe; one turn at a time.
/// </summary>
internal sealed class OrchestrationExecution
{
    private readonly OrchestrationRegistration _registration;
    private readonly ReplaySynchronizationContext _turn;
    private readonly ReplayContext _context;
    private readonly int _maxHistoryEvents;
    private readonly Action<OrchestrationExecution>? _foreignContinuation;
    private Task<string?>? _root;
    private volatile bool _foreign;
    private DateTimeOffset _lastTurn = DateTimeOffset.MinValue;

    /// <param name="registration">The code.</param>
    /// <param name="instanceId">Whose execution it is.</param>
    /// <param name="execution">1, and one more for each continue-as-new before.</param>
    /// <param name="maxHistoryEvents">The longest history allowed.</param>
    /// <param name="foreignContinuation">Told, on any thread, when a foreign task ended after the turn that awaited it.</param>
    public OrchestrationExecution(
        OrchestrationRegistration registration,
        string instanceId,
        int execution,
        int maxHistoryEvents,
        Action<OrchestrationExecution>? foreignContinuation = null)
    {
        _registration = registration;
        _maxHistoryEvents = maxHistoryEvents;
        _foreignContinuation = foreignContinuation;
        Execution = execution;
        _turn = new ReplaySynchronizationContext(OnForeignContinuation);
        _context = new ReplayContext(_turn, registration.Name, instanceId, execution, maxHistoryEvents);
    }

    public int Execution { get; }

    /// <summary>The length of the history so far.</summary>
    public int EventCount { get; private set; }

    /// <summary>Whether an activity that was asked for has not answered yet.</summary>
    public bool HasActivitiesUnderWay => _context.PendingActivities > 0;

    /// <summary>Brings the object to where its history ends.</summary>
    /// <param name="history">The history, or what it has grown by since the last turn in memory.</param>
    /// <exception cref="NonDeterministicOrchestrationException">The code does not match the history.</exception>
    public void Replay(IReadOnlyList<HistoryEvent> history)
    {
        _context.IsReplayingNow = true;
        int position = 0;
        while (position < history.Count)
        {
            if (history[position] is not OrchestratorStarted turn)
            {
                throw new InvalidDataException(
                    $"History of instance '{_context.InstanceId}' is damaged: event {position} is {history[position].GetType().Name}, not the start of a turn.");
            }

            BeginTurn(turn.Timestamp);
            position++;
            while (position < history.Count && history[position] is ReceivedEvent message)
            {
                EnsureStillRunning(history, position);
                Deliver(message);
                position++;
            }

            position = Compare(history, position);
        }

        ThrowIfForeign();
        EventCount += history.Count;
        _context.IsReplayingNow = false;
    }

    /// <summary>Runs the next turn.</summary>
    /// <param name="now">Its time; moved up to the last turn's if the clock went back.</param>
    /// <param name="messages">What the execution receives, in order.</param>
    /// <returns>What to commit.</returns>
    public TurnResult RunTurn(DateTimeOffset now, IReadOnlyList<ReceivedEvent> messages)
    {
        now = now < _lastTurn ? _lastTurn : now;
        BeginTurn(now);
        foreach (ReceivedEvent message in messages)
        {
            Deliver(message);
        }

        List<HistoryEvent> events = [new OrchestratorStarted(now), .. messages, .. _context.Actions];
        Exception? fatal = FatalError(events.Count);
        if (fatal is not null)
        {
            return Fail(now, messages, fatal);
        }

        var result = new TurnResult
        {
            Timestamp = now,
            Outcome = TurnOutcome.Waiting,
            NewEvents = events,
            CustomStatusChanged = _context.CustomStatusChanged,
            CustomStatus = _context.CustomStatus,
        };
        if (_root is { IsCompleted: true })
        {
            if (!_root.IsCompletedSuccessfully)
            {
                TaskFailureDetails failure = Failures.Describe(RootException());
                events.Add(new ExecutionFailed(failure));
                result = result with { Outcome = TurnOutcome.Failed, Failure = failure };
            }
            else if (_context.ContinuesAsNew)
            {
                result = result with
                {
                    Outcome = TurnOutcome.ContinuedAsNew,
                    Result = _context.NextInput,
                    PreservedEvents = _context.PreservesEvents ? _context.UnprocessedEvents() : [],
                };
            }
            else
            {
                events.Add(new ExecutionCompleted(_root.Result));
                result = result with { Outcome = TurnOutcome.Completed, Result = _root.Result };
            }
        }

        EventCount += events.Count;
        return result;
    }

    /// <summary>The turn that ends an execution which cannot go on. Nothing that its code asked for in this turn is done.</summary>
    public static TurnResult Fail(DateTimeOffset now, IReadOnlyList<ReceivedEvent> messages, Exception error)
    {
        TaskFailureDetails failure = Failures.Describe(error);
        return new TurnResult
        {
            Timestamp = now,
            Outcome = TurnOutcome.Failed,
            NewEvents = [new OrchestratorStarted(now), .. messages, new ExecutionFailed(failure)],
            Failure = failure,
        };
    }

    /// <summary>The error for an orchestration that waits for something that its context did not give it.</summary>
    public static NonDeterministicOrchestrationException ForeignTaskError(string name, string instanceId) => new(
        instanceId,
        $"Orchestration '{name}' of instance '{instanceId}' waits for a task that its context did not give it (Task.Delay, Task.Run, I/O, "
        + "ConfigureAwait(false), a CancellationTokenSource with a time-out). Use a durable timer, or move the work into an activity.");

    private void BeginTurn(DateTimeOffset timestamp)
    {
        _lastTurn = timestamp;
        _context.BeginTurn(timestamp);
    }

    private void Deliver(ReceivedEvent message)
    {
        if (message is ExecutionStarted started)
        {
            _context.Start(started);
            _turn.Run(() => _root = _registration.RunAsync(_context, started.Input));
        }
        else
        {
            _turn.Run(() => _context.Receive(message));
        }
    }

    private Exception? FatalError(int newEvents)
    {
        if ((_context.Fatal ?? _turn.Unhandled) is Exception fatal)
        {
            return fatal;
        }

        bool waitsForNothing = _root is null or { IsCompleted: false } && !_context.IsWaiting;
        if (_foreign || waitsForNothing)
        {
            return ForeignTaskError(_context.Name, _context.InstanceId);
        }

        // One more for the event that says how the execution ended.
        return EventCount + newEvents + 1 > _maxHistoryEvents
            ? new HistoryLimitExceededException(_context.InstanceId, _maxHistoryEvents)
            : null;
    }

    private Exception RootException() =>
        _root!.Exception?.InnerException ?? new TaskCanceledException("The orchestration ended by cancellation.");

    private void EnsureStillRunning(IReadOnlyList<HistoryEvent> history, int position)
    {
        if (_root is { IsCompleted: true })
        {
            throw Mismatch(position, $"{history[position].GetType().Name}, received while the execution was under way", "the end of the execution");
        }
    }

    private int Compare(IReadOnlyList<HistoryEvent> history, int position)
    {
        ThrowIfForeign();
        int index = 0;
        for (; position < history.Count && history[position] is ActionEvent expected; position++, index++)
        {
            ActionEvent? actual = index < _context.Actions.Count ? _context.Actions[index] : null;
            if (actual is null || !expected.Matches(actual))
            {
                throw Mismatch(position, expected.Describe(), actual?.Describe() ?? "nothing");
            }
        }

        if (index < _context.Actions.Count)
        {
            throw Mismatch(position, "nothing more in this turn", _context.Actions[index].Describe());
        }

        if (position < history.Count && history[position] is ExecutionCompleted or ExecutionFailed)
        {
            CompareEnd(history[position], position);
            return position + 1;
        }

        return position;
    }

    private void CompareEnd(HistoryEvent end, int position)
    {
        string actual = _root switch
        {
            null or { IsCompleted: false } => "to go on",
            { IsCompletedSuccessfully: true } => _context.ContinuesAsNew ? "to continue as new" : "to complete",
            _ => $"to fail with {RootException().GetType().FullName}: {RootException().Message}",
        };
        bool same = end is ExecutionCompleted
            ? _root is { IsCompletedSuccessfully: true } && !_context.ContinuesAsNew
            : _root is { IsFaulted: true } or { IsCanceled: true };
        if (!same)
        {
            throw Mismatch(position, end is ExecutionFailed failed ? $"its failure ({failed.Failure.ErrorMessage})" : "its completion", actual);
        }
    }

    private NonDeterministicOrchestrationException Mismatch(int position, string expected, string actual) =>
        new(_context.InstanceId, _context.Name, position, expected, actual);

    private void ThrowIfForeign()
    {
        if (_context.Fatal is not null)
        {
            throw _context.Fatal;
        }

        if (_foreign)
        {
            throw ForeignTaskError(_context.Name, _context.InstanceId);
        }
    }

    private void OnForeignContinuation()
    {
        _foreign = true;
        _foreignContinuation?.Invoke(this);
    }
}
