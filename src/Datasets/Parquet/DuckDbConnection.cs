namespace FineTune.Datasets.Parquet;

/// <summary>A connection to an in-memory database of its own.</summary>
internal sealed unsafe class DuckDbConnection : IDisposable
{
    private readonly DuckDbDatabaseHandle _database;
    private readonly DuckDbConnectionHandle _connection;

    /// <summary>Opens a database.</summary>
    /// <param name="settings">DuckDB's configuration options.</param>
    /// <exception cref="DuckDbException">A setting is not known, or the database did not start.</exception>
    public DuckDbConnection(IEnumerable<KeyValuePair<string, string>> settings)
    {
        _database = OpenDatabase(settings);
        if (DuckDbNative.Connect(_database, out _connection) != 0)
        {
            _database.Dispose();
            throw new DuckDbException("The database could not be connected to.", DuckDbErrorType.Unknown);
        }
    }

    /// <summary>Runs a statement for its effect.</summary>
    public void Execute(string sql)
    {
        using DuckDbResult result = Query(sql);
        while (result.Next() is { } chunk)
        {
            chunk.Dispose();
        }
    }

    /// <summary>Starts a query whose rows are made as they are fetched.</summary>
    public DuckDbResult Query(string sql)
    {
        int state = DuckDbNative.Prepare(_connection, sql, out DuckDbStatementHandle statement);
        using (statement)
        {
            if (state != 0)
            {
                throw new DuckDbException(DuckDbNative.Text(DuckDbNative.PrepareError(statement)), DuckDbErrorType.Unknown);
            }

            state = DuckDbNative.PendingPreparedStreaming(statement, out DuckDbPendingHandle pending);
            using (pending)
            {
                return state == 0
                    ? new DuckDbResult(pending)
                    : throw new DuckDbException(DuckDbNative.Text(DuckDbNative.PendingError(pending)), DuckDbErrorType.Unknown);
            }
        }
    }

    /// <summary>Ends the query that is running, from any thread; it fails with <see cref="DuckDbErrorType.Interrupt"/>.</summary>
    public void Interrupt() => DuckDbNative.Interrupt(_connection);

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    /// <summary>Writes a text as an SQL literal.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static DuckDbDatabaseHandle OpenDatabase(IEnumerable<KeyValuePair<string, string>> settings)
    {
        _ = DuckDbNative.CreateConfig(out nint config);
        try
        {
            foreach ((string name, string value) in settings)
            {
                if (DuckDbNative.SetConfig(config, name, value) != 0)
                {
                    throw new DuckDbException($"DuckDB does not know the setting {name}={value}.", DuckDbErrorType.Unknown);
                }
            }

            if (DuckDbNative.OpenExt(":memory:", out DuckDbDatabaseHandle database, config, out nint error) != 0)
            {
                string message = DuckDbNative.Text((byte*)error);
                DuckDbNative.Free(error);
                database.Dispose();
                throw new DuckDbException(message, DuckDbErrorType.Unknown);
            }

            return database;
        }
        finally
        {
            DuckDbNative.DestroyConfig(ref config);
        }
    }
}
