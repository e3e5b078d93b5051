using System.Text.Json;
using FineTune.Durable.Embedded.History;
using FineTune.Durable.Embedded.Replay;
using Microsoft.Data.Sqlite;

namespace FineTune.Durable.Embedded.Storage;

/// <summary>Everything that changes the database. Each method runs inside a transaction that <see cref="Store"/> opened.</summary>
internal sealed class StoreTransaction
{
    private const int AnyExecution = 0;
    private const int TimersAtOnce = 1000;

    private readonly SqliteSession _session;
    private readonly DurableTaskRegistry _registry;
    private long _lastMessageId;

    public StoreTransaction(SqliteSession session, DurableTaskRegistry registry)
    {
        _session = session;
        _registry = registry;
        _lastMessageId = session.Scalar("SELECT MAX(id) FROM inbox") ?? 0;
    }

    /// <summary>What the running operation has done so far.</summary>
    public CommitEffects Effects { get; set; } = new();

    /// <summary>Creates an instance, unless its id is taken.</summary>
    public bool CreateInstance(string instanceId, string name, string? input, DateTimeOffset now, ParentCall? parent = null)
    {
        if (_session.Scalar("SELECT 1 FROM instances WHERE instance_id = $1", instanceId) is not null)
        {
            return false;
        }

        OrchestrationRegistration registration = _registry.Orchestrations[name];
        _session.Execute(
            """
            INSERT INTO instances (instance_id, name, version, execution, status, events, input, parent, parent_execution, parent_task, created_at, updated_at)
            VALUES ($1, $2, $3, 1, $4, 0, $5, $6, $7, $8, $9, $9)
            """,
            instanceId, registration.Name, registration.Version, (int)OrchestrationRuntimeStatus.Pending, input,
            parent?.Instance, parent?.Execution, parent?.TaskId, now.UtcTicks);
        long sequence = _session.Scalar("SELECT last_insert_rowid()")!.Value;
        Send(sequence, AnyExecution, new ExecutionStarted(registration.Name, registration.Version, input, parent?.InstanceId));
        return true;
    }

    /// <summary>Puts an event into an instance's inbox, unless it has ended or does not exist.</summary>
    public bool RaiseEvent(string instanceId, EventRaised raised)
    {
        long? sequence = _session.Scalar(
            "SELECT seq FROM instances WHERE instance_id = $1 AND status <= $2", instanceId, (int)OrchestrationRuntimeStatus.Running);
        if (sequence is null)
        {
            return false;
        }

        Send(sequence.Value, AnyExecution, raised);
        return true;
    }

    /// <summary>Everything that a turn did: its messages leave the inbox, history grows, calls go out, the instance moves on.</summary>
    public bool CommitTurn(InstanceRow instance, long lastMessageId, TurnResult turn)
    {
        OrchestrationRuntimeStatus status = turn.Outcome switch
        {
            TurnOutcome.Completed => OrchestrationRuntimeStatus.Completed,
            TurnOutcome.Failed => OrchestrationRuntimeStatus.Failed,
            _ => OrchestrationRuntimeStatus.Running,
        };
        int updated = _session.Execute(
            "UPDATE instances SET status = $1, events = $2, updated_at = $3 WHERE seq = $4 AND execution = $5 AND events = $6 AND status <= $7",
            (int)status, instance.Events + turn.NewEvents.Count, turn.Timestamp.UtcTicks,
            instance.Sequence, instance.Execution, instance.Events, (int)OrchestrationRuntimeStatus.Running);
        if (updated != 1)
        {
            throw new InvalidOperationException($"Instance '{instance.InstanceId}' was changed by somebody else during its turn.");
        }

        if (turn.CustomStatusChanged)
        {
            _session.Execute("UPDATE instances SET custom_status = $1 WHERE seq = $2", turn.CustomStatus, instance.Sequence);
        }

        _session.Execute("DELETE FROM inbox WHERE instance = $1 AND id <= $2", instance.Sequence, lastMessageId);
        for (int i = 0; i < turn.NewEvents.Count; i++)
        {
            _session.Execute(
                "INSERT INTO history (instance, position, event) VALUES ($1, $2, $3)",
                instance.Sequence, instance.Events + i, HistoryJson.Write(turn.NewEvents[i]));
            if (turn.NewEvents[i] is ActionEvent action)
            {
                Dispatch(instance, turn.Timestamp, action);
            }
        }

        switch (turn.Outcome)
        {
            case TurnOutcome.Completed:
            case TurnOutcome.Failed:
                End(instance, turn);
                break;
            case TurnOutcome.ContinuedAsNew:
                ContinueAsNew(instance, turn);
                break;
        }

        return true;
    }

    /// <summary>Ends an activity call: the answer goes to the execution that asked, if that is still there.</summary>
    public bool CompleteActivity(ActivityWorkItem item, ReceivedEvent answer)
    {
        if (_session.Execute("DELETE FROM activities WHERE id = $1", item.Id) == 1)
        {
            SendToExecution(item.Instance, item.Execution, answer);
        }

        return true;
    }

    /// <summary>Gives all activity calls back: the process that leased them is gone.</summary>
    public bool ReleaseAllActivities()
    {
        _session.Execute("UPDATE activities SET lease_until = NULL WHERE lease_until IS NOT NULL");
        Effects.ActivitiesWaiting = true;
        return true;
    }

    /// <summary>Renews the leases of running calls, and gives back calls whose lease ran out because their end could not be recorded.</summary>
    /// <returns>Whether any call is leased.</returns>
    public bool RenewLeases(IEnumerable<long> running, DateTimeOffset now, DateTimeOffset until)
    {
        foreach (long id in running)
        {
            _session.Execute("UPDATE activities SET lease_until = $1 WHERE id = $2", until.UtcTicks, id);
        }

        if (_session.Execute("UPDATE activities SET lease_until = NULL WHERE lease_until <= $1", now.UtcTicks) > 0)
        {
            Effects.ActivitiesWaiting = true;
        }

        return _session.Scalar("SELECT 1 FROM activities WHERE lease_until IS NOT NULL LIMIT 1") is not null;
    }

    /// <summary>Leases the oldest waiting activity calls.</summary>
    public List<ActivityWorkItem> LeaseActivities(int limit, DateTimeOffset until)
    {
        List<ActivityWorkItem> items = [];
        using (SqliteDataReader reader = _session.Query(
            """
            SELECT a.id, a.instance, i.instance_id, a.execution, a.task, a.name, a.input
            FROM activities a JOIN instances i ON i.seq = a.instance
            WHERE a.lease_until IS NULL ORDER BY a.id LIMIT $1
            """,
            limit))
        {
            while (reader.Read())
            {
                items.Add(new ActivityWorkItem(
                    reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), reader.GetInt32(3), reader.GetInt32(4),
                    reader.GetString(5), reader.IsDBNull(6) ? null : reader.GetString(6)));
            }
        }

        foreach (ActivityWorkItem item in items)
        {
            _session.Execute("UPDATE activities SET lease_until = $1 WHERE id = $2", until.UtcTicks, item.Id);
        }

        return items;
    }

    /// <summary>Turns due timers into messages.</summary>
    public bool FireTimers(DateTimeOffset now)
    {
        List<(long Instance, int Timer, int Execution)> due = [];
        using (SqliteDataReader reader = _session.Query(
            "SELECT instance, timer, execution FROM timers WHERE fire_at <= $1 ORDER BY fire_at, instance, timer LIMIT $2", now.UtcTicks, TimersAtOnce))
        {
            while (reader.Read())
            {
                due.Add((reader.GetInt64(0), reader.GetInt32(1), reader.GetInt32(2)));
            }
        }

        foreach ((long instance, int timer, int execution) in due)
        {
            _session.Execute("DELETE FROM timers WHERE instance = $1 AND timer = $2", instance, timer);
            SendToExecution(instance, execution, new TimerFired(timer));
        }

        Effects.TimersChanged = true;
        return true;
    }

    /// <summary>When the next timer is due.</summary>
    public DateTimeOffset? NextTimer() =>
        _session.Scalar("SELECT MIN(fire_at) FROM timers") is long ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <summary>Instances with something in their inbox.</summary>
    public bool WakeAll()
    {
        using SqliteDataReader reader = _session.Query("SELECT DISTINCT instance FROM inbox");
        while (reader.Read())
        {
            Effects.Wake.Add(reader.GetInt64(0));
        }

        Effects.TimersChanged = true;
        return true;
    }

    /// <summary>Removes an instance and its children, if all of them have ended.</summary>
    public bool Purge(string instanceId)
    {
        List<long> tree = [];
        using (SqliteDataReader reader = _session.Query(
            """
            WITH RECURSIVE tree (seq) AS (
              SELECT seq FROM instances WHERE instance_id = $1
              UNION SELECT i.seq FROM instances i JOIN tree t ON i.parent = t.seq)
            SELECT i.seq, i.status FROM tree t JOIN instances i ON i.seq = t.seq
            """,
            instanceId))
        {
            while (reader.Read())
            {
                if (reader.GetInt32(1) <= (int)OrchestrationRuntimeStatus.Running)
                {
                    return false;
                }

                tree.Add(reader.GetInt64(0));
            }
        }

        foreach (long sequence in tree)
        {
            _session.Execute("DELETE FROM history WHERE instance = $1", sequence);
            _session.Execute("DELETE FROM activities WHERE instance = $1", sequence);
            _session.Execute("DELETE FROM instances WHERE seq = $1", sequence);
        }

        return tree.Count > 0;
    }

    private void Send(long instance, int execution, ReceivedEvent message) => Send(instance, execution, HistoryJson.Write(message));

    private void Send(long instance, int execution, string message)
    {
        _session.Execute(
            "INSERT INTO inbox (instance, id, execution, event) VALUES ($1, $2, $3, $4)",
            instance, ++_lastMessageId, execution, message);
        Effects.Wake.Add(instance);
    }

    private void SendToExecution(long instance, int execution, ReceivedEvent message)
    {
        long? alive = _session.Scalar(
            "SELECT 1 FROM instances WHERE seq = $1 AND execution = $2 AND status <= $3",
            instance, execution, (int)OrchestrationRuntimeStatus.Running);
        if (alive is not null)
        {
            Send(instance, execution, message);
        }
    }

    private void Dispatch(InstanceRow instance, DateTimeOffset now, ActionEvent action)
    {
        switch (action)
        {
            case TaskScheduled task:
                _session.Execute(
                    "INSERT INTO activities (instance, execution, task, name, input) VALUES ($1, $2, $3, $4, $5)",
                    instance.Sequence, instance.Execution, task.Id, task.Name, task.Input);
                Effects.ActivitiesWaiting = true;
                break;
            case TimerCreated timer:
                _session.Execute(
                    "INSERT INTO timers (instance, timer, execution, fire_at) VALUES ($1, $2, $3, $4)",
                    instance.Sequence, timer.Id, instance.Execution, timer.FireAt.UtcTicks);
                Effects.TimersChanged = true;
                break;
            case TimerCanceled canceled:
                _session.Execute("DELETE FROM timers WHERE instance = $1 AND timer = $2", instance.Sequence, canceled.TimerId);
                Effects.TimersChanged = true;
                break;
            case SubOrchestrationCreated child:
                StartChild(instance, now, child);
                break;
            case EventSent sent:
                RaiseEvent(sent.InstanceId, new EventRaised(sent.Name, sent.Payload));
                break;
        }
    }

    private void StartChild(InstanceRow instance, DateTimeOffset now, SubOrchestrationCreated child)
    {
        string? refusal = null;
        if (!_registry.Orchestrations.ContainsKey(child.Name))
        {
            refusal = $"No orchestration named '{child.Name}' is registered in this host.";
        }
        else if (!CreateInstance(
            child.InstanceId, child.Name, child.Input, now, new ParentCall(instance.Sequence, instance.Execution, child.Id, instance.InstanceId)))
        {
            refusal = $"There is an instance with the id '{child.InstanceId}' already.";
        }

        if (refusal is not null)
        {
            TaskFailureDetails failure = Failures.Describe(new InvalidOperationException(refusal));
            Send(instance.Sequence, instance.Execution, new SubOrchestrationFailed(child.Id, failure));
        }
    }

    private void End(InstanceRow instance, TurnResult turn)
    {
        string? failure = turn.Failure is null ? null : JsonSerializer.Serialize(turn.Failure, HistoryJson.Default.TaskFailureDetails);
        _session.Execute("UPDATE instances SET output = $1, failure = $2 WHERE seq = $3", turn.Result, failure, instance.Sequence);
        _session.Execute("DELETE FROM inbox WHERE instance = $1", instance.Sequence);
        DeleteTimers(instance);
        if (instance.Parent is ParentCall parent)
        {
            SendToExecution(parent.Instance, parent.Execution, turn.Failure is null
                ? new SubOrchestrationCompleted(parent.TaskId, turn.Result)
                : new SubOrchestrationFailed(parent.TaskId, turn.Failure));
        }

        Effects.Ended.Add(instance.InstanceId);
    }

    private void ContinueAsNew(InstanceRow instance, TurnResult turn)
    {
        _session.Execute(
            "UPDATE instances SET execution = execution + 1, events = 0, input = $1 WHERE seq = $2", turn.Result, instance.Sequence);
        _session.Execute("DELETE FROM history WHERE instance = $1", instance.Sequence);
        DeleteTimers(instance);

        // What came during the turn is younger than what the new execution inherits: it goes behind. Answers to the old execution are dropped.
        List<string> younger = [];
        using (SqliteDataReader reader = _session.Query(
            "SELECT event FROM inbox WHERE instance = $1 AND execution = $2 ORDER BY id", instance.Sequence, AnyExecution))
        {
            while (reader.Read())
            {
                younger.Add(reader.GetString(0));
            }
        }

        _session.Execute("DELETE FROM inbox WHERE instance = $1", instance.Sequence);
        Send(instance.Sequence, AnyExecution, new ExecutionStarted(instance.Name, instance.Version, turn.Result, instance.Parent?.InstanceId));
        foreach (EventRaised raised in turn.PreservedEvents)
        {
            Send(instance.Sequence, AnyExecution, raised);
        }

        foreach (string message in younger)
        {
            Send(instance.Sequence, AnyExecution, message);
        }
    }

    private void DeleteTimers(InstanceRow instance)
    {
        if (_session.Execute("DELETE FROM timers WHERE instance = $1", instance.Sequence) > 0)
        {
            Effects.TimersChanged = true;
        }
    }
}
