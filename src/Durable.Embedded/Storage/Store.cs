using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using FineTune.Durable.Embedded.History;
using Microsoft.Data.Sqlite;

namespace FineTune.Durable.Embedded.Storage;

/// <summary>
/// The database. Changes are made one after the other: whoever comes first writes on its own thread, and what gathers
/// meanwhile goes into one transaction on the thread pool (group commit), each operation behind its own savepoint. Queries run on a second connection and see what is committed.
/// </summary>
internal sealed class Store
{
    private const int OperationsAtOnce = 256;
    private const int MessagesAtOnce = 1000;

    private readonly Lock _gate = new();
    private readonly Queue<IOperation> _queue = new();
    private readonly List<IOperation> _group = [];
    private readonly Lock _readGate = new();
    private readonly DatabaseLock _databaseLock;
    private readonly SqliteSession _writer;
    private readonly SqliteSession _reader;
    private readonly StoreTransaction _transaction;
    private readonly StoreEvents _events;
    private readonly BusyGauge _busy;
    private TaskCompletionSource? _drained;
    private bool _pumping;
    private bool _closed;
    private bool _crashed;
    private bool _disposed;
    private bool _activitiesWaiting;

    private Store(DatabaseLock databaseLock, SqliteSession writer, SqliteSession reader, DurableTaskRegistry registry, StoreEvents events, BusyGauge busy)
    {
        _databaseLock = databaseLock;
        _writer = writer;
        _reader = reader;
        _transaction = new StoreTransaction(writer, registry);
        _events = events;
        _busy = busy;
    }

    /// <summary>Opens the database, and creates or upgrades it.</summary>
    /// <exception cref="DataDirectoryInUseException">Another engine has it open.</exception>
    /// <exception cref="UnsupportedSchemaVersionException">It was written by a newer version.</exception>
    public static Store Open(string path, bool flushesToDisk, DurableTaskRegistry registry, StoreEvents events, BusyGauge busy)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var databaseLock = DatabaseLock.Take(path);
        SqliteSession? writer = null;
        SqliteSession? reader = null;
        try
        {
            writer = new SqliteSession(path);
            writer.ExecuteScript("PRAGMA journal_mode = WAL");

            // FULL: a commit that was acknowledged survives a power failure; fullfsync: on macOS too.
            writer.ExecuteScript(flushesToDisk
                ? "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON"
                : "PRAGMA synchronous = OFF");
            Schema.Upgrade(writer, path);
            reader = new SqliteSession(path);
            reader.ExecuteScript("PRAGMA query_only = ON");
            return new Store(databaseLock, writer, reader, registry, events, busy);
        }
        catch
        {
            reader?.Dispose();
            writer?.Dispose();
            databaseLock.Dispose();
            throw;
        }
    }

    /// <summary>Whether the store takes no more work, because it was closed or a test let it crash.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _closed;
            }
        }
    }

    /// <summary>Makes a change; the task ends when it is on disk, which may be before this method returns.</summary>
    public Task<T> WriteAsync<T>(Func<StoreTransaction, T> work)
    {
        var operation = new Operation<T>(work);
        bool isFirst;
        lock (_gate)
        {
            if (_closed)
            {
                return Task.FromException<T>(Closed());
            }

            _busy.Enter();
            _queue.Enqueue(operation);
            isFirst = !_pumping;
            _pumping = true;
        }

        // The handing over to another thread would cost more than the write itself.
        if (isFirst && CommitNextGroup())
        {
            ThreadPool.UnsafeQueueUserWorkItem(static store => store.Pump(), this, preferLocal: false);
        }

        return operation.Task;
    }

    /// <summary>What an instance is to receive now.</summary>
    /// <param name="sequence">Which.</param>
    /// <param name="withHistory">Whether the history of this instance is wanted.</param>
    /// <returns>Null when there is nothing to receive, or the instance has ended or is gone.</returns>
    public TurnInput? ReadTurn(long sequence, Func<InstanceRow, bool> withHistory)
    {
        lock (_readGate)
        {
            InstanceRow? instance = ReadInstance(sequence);
            if (instance is null || instance.Status > OrchestrationRuntimeStatus.Running)
            {
                return null;
            }

            List<ReceivedEvent> messages = [];
            long lastMessageId = 0;
            using (SqliteDataReader reader = Query(
                "SELECT id, event FROM inbox WHERE instance = $1 ORDER BY id LIMIT $2", sequence, MessagesAtOnce))
            {
                while (reader.Read())
                {
                    lastMessageId = reader.GetInt64(0);
                    messages.Add((ReceivedEvent)HistoryJson.Read(reader.GetString(1)));
                }
            }

            IReadOnlyList<HistoryEvent> history = withHistory(instance) ? ReadHistory(sequence) : [];
            return new TurnInput(instance, history, messages, lastMessageId, messages.Count == MessagesAtOnce);
        }
    }

    /// <summary>The current execution of an instance; null when there is no such instance.</summary>
    public ExportedHistory? ReadHistory(string instanceId)
    {
        lock (_readGate)
        {
            using SqliteDataReader reader = Query("SELECT seq, name, execution FROM instances WHERE instance_id = $1", instanceId);
            return reader.Read()
                ? new ExportedHistory(
                    ExportedHistory.CurrentFormatVersion, instanceId, reader.GetString(1), reader.GetInt32(2), ReadHistory(reader.GetInt64(0)))
                : null;
        }
    }

    /// <summary>One instance as clients see it.</summary>
    public OrchestrationMetadata? ReadMetadata(string instanceId, bool withInputsAndOutputs)
    {
        lock (_readGate)
        {
            using SqliteDataReader reader = Query($"{MetadataColumns} WHERE instance_id = $1", instanceId);
            return reader.Read() ? ToMetadata(reader, withInputsAndOutputs) : null;
        }
    }

    /// <summary>A page of instances, newest first.</summary>
    /// <param name="query">Which.</param>
    /// <param name="before">Only instances older than this row.</param>
    /// <param name="limit">How many at most.</param>
    public List<(long Sequence, OrchestrationMetadata Metadata)> ReadPage(OrchestrationQuery query, long before, int limit)
    {
        List<(long, OrchestrationMetadata)> page = [];
        int statuses = query.Statuses.Aggregate(0, (mask, status) => mask | (1 << (int)status));
        lock (_readGate)
        {
            using SqliteDataReader reader = Query(
                MetadataColumns + """

                WHERE seq < $1
                  AND ($2 IS NULL OR name = $2 COLLATE NOCASE)
                  AND ($3 = 0 OR ($3 >> status) & 1 = 1)
                  AND ($4 IS NULL OR substr(instance_id, 1, length($4)) = $4)
                  AND ($5 IS NULL OR created_at >= $5)
                ORDER BY seq DESC LIMIT $6
                """,
                before, query.Name, statuses, query.InstanceIdPrefix, query.CreatedFrom?.UtcTicks, limit);
            while (reader.Read())
            {
                page.Add((reader.GetInt64(0), ToMetadata(reader, query.FetchInputsAndOutputs)));
            }
        }

        return page;
    }

    /// <summary>Takes no more work, waits until all that was taken is on disk, and lets go of the files.</summary>
    public async Task CloseAsync()
    {
        Task drained = Task.CompletedTask;
        lock (_gate)
        {
            _closed = true;
            if (_pumping)
            {
                _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                drained = _drained.Task;
            }
        }

        await drained;
        lock (_readGate)
        {
            _disposed = true;
            _reader.Dispose();
        }

        _writer.Dispose();
        _databaseLock.Dispose();
    }

    private const string MetadataColumns =
        "SELECT seq, instance_id, name, status, created_at, updated_at, input, output, custom_status, failure FROM instances";

    private static InvalidOperationException Closed() => new("The durable task engine is stopped.");

    private static OrchestrationMetadata ToMetadata(SqliteDataReader reader, bool withInputsAndOutputs) => new()
    {
        InstanceId = reader.GetString(1),
        Name = reader.GetString(2),
        RuntimeStatus = (OrchestrationRuntimeStatus)reader.GetInt32(3),
        CreatedAt = new DateTimeOffset(reader.GetInt64(4), TimeSpan.Zero),
        LastUpdatedAt = new DateTimeOffset(reader.GetInt64(5), TimeSpan.Zero),
        Input = withInputsAndOutputs ? ReadJson(reader, 6) : null,
        Output = withInputsAndOutputs ? ReadJson(reader, 7) : null,
        CustomStatus = ReadJson(reader, 8),
        FailureDetails = reader.IsDBNull(9) ? null : JsonSerializer.Deserialize(reader.GetString(9), HistoryJson.Default.TaskFailureDetails),
    };

    private static JsonElement? ReadJson(SqliteDataReader reader, int column)
    {
        if (reader.IsDBNull(column))
        {
            return null;
        }

        using var document = JsonDocument.Parse(reader.GetString(column));
        return document.RootElement.Clone();
    }

    private SqliteDataReader Query(string sql, params ReadOnlySpan<object?> values) =>
        _disposed ? throw Closed() : _reader.Query(sql, values);

    private InstanceRow? ReadInstance(long sequence)
    {
        using SqliteDataReader reader = Query(
            """
            SELECT i.instance_id, i.name, i.version, i.execution, i.status, i.events, i.parent, i.parent_execution, i.parent_task, p.instance_id
            FROM instances i LEFT JOIN instances p ON p.seq = i.parent
            WHERE i.seq = $1
            """,
            sequence);
        if (!reader.Read())
        {
            return null;
        }

        ParentCall? parent = reader.IsDBNull(9)
            ? null
            : new ParentCall(reader.GetInt64(6), reader.GetInt32(7), reader.GetInt32(8), reader.GetString(9));
        return new InstanceRow(
            sequence, reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3),
            (OrchestrationRuntimeStatus)reader.GetInt32(4), reader.GetInt32(5), parent);
    }

    private List<HistoryEvent> ReadHistory(long sequence)
    {
        List<HistoryEvent> history = [];
        using SqliteDataReader reader = Query("SELECT event FROM history WHERE instance = $1 ORDER BY position", sequence);
        while (reader.Read())
        {
            history.Add(HistoryJson.Read(reader.GetString(0)));
        }

        return history;
    }

    private void Pump()
    {
        while (CommitNextGroup())
        {
        }
    }

    /// <returns>Whether more has gathered; when not, nobody is writing any more.</returns>
    private bool CommitNextGroup()
    {
        lock (_gate)
        {
            while (_group.Count < OperationsAtOnce && _queue.TryDequeue(out IOperation? operation))
            {
                _group.Add(operation);
            }
        }

        CommitGroup();
        _group.Clear();
        lock (_gate)
        {
            if (_queue.Count > 0)
            {
                return true;
            }

            _pumping = false;
            _drained?.TrySetResult();
            return false;
        }
    }

    // Whatever goes wrong, those who wait for the group are told; the engine decides what to do about it.
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Handed on to the tasks of the operations.")]
    private void CommitGroup()
    {
        Exception? failure = null;
        var effects = new CommitEffects();
        try
        {
            if (_crashed)
            {
                throw Closed();
            }

            _writer.Execute("BEGIN IMMEDIATE");
            foreach (IOperation operation in _group)
            {
                Run(operation, effects);
            }

            LeaseActivities(effects);
            if (effects.TimersChanged)
            {
                effects.NextTimer = _transaction.NextTimer();
            }

            Reach(CommitPhase.BeforeCommit);
            _writer.Execute("COMMIT");
            Reach(CommitPhase.AfterCommit);
        }
        catch (Exception e)
        {
            failure = e;
            _activitiesWaiting = true;
            Rollback();
        }

        if (failure is null)
        {
            _events.Committed(effects);
        }

        foreach (IOperation operation in _group)
        {
            operation.End(failure);
            _busy.Exit();
        }
    }

    private void Run(IOperation operation, CommitEffects effects)
    {
        var own = new CommitEffects();
        _transaction.Effects = own;
        _writer.Execute("SAVEPOINT operation");
        if (operation.TryRun(_transaction))
        {
            _writer.Execute("RELEASE operation");
            effects.Add(own);
        }
        else
        {
            _writer.Execute("ROLLBACK TO operation");
            _writer.Execute("RELEASE operation");
        }
    }

    private void LeaseActivities(CommitEffects effects)
    {
        _activitiesWaiting |= effects.ActivitiesWaiting;
        int free = _activitiesWaiting ? _events.FreeActivitySlots() : 0;
        if (free > 0)
        {
            effects.Leased.AddRange(_transaction.LeaseActivities(free, _events.LeaseUntil()));
            _activitiesWaiting = effects.Leased.Count == free;
        }
    }

    private void Reach(CommitPhase phase)
    {
        try
        {
            _events.CommitHook?.Invoke(phase);
        }
        catch (Exception e) when (e is not SqliteException)
        {
            // A test's exception stands for the death of the process.
            _crashed = true;
            lock (_gate)
            {
                _closed = true;
            }

            throw;
        }
    }

    private void Rollback()
    {
        try
        {
            _writer.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself, as it does when the disk is full.
        }
    }

    private interface IOperation
    {
        bool TryRun(StoreTransaction transaction);

        void End(Exception? failure);
    }

    private sealed class Operation<T>(Func<StoreTransaction, T> work) : IOperation
    {
        private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T _result = default!;
        private Exception? _error;

        public Task<T> Task => _source.Task;

        [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Handed on to the task.")]
        public bool TryRun(StoreTransaction transaction)
        {
            try
            {
                _result = work(transaction);
                return true;
            }
            catch (Exception e)
            {
                _error = e;
                return false;
            }
        }

        public void End(Exception? failure)
        {
            if ((_error ?? failure) is Exception error)
            {
                _source.SetException(error);
            }
            else
            {
                _source.SetResult(_result);
            }
        }
    }
}
