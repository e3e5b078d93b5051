using Microsoft.Win32.SafeHandles;

namespace FineTune.Datasets.Parquet;

/// <summary><c>duckdb_database</c>.</summary>
internal sealed class DuckDbDatabaseHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        DuckDbNative.Close(ref handle);
        return true;
    }
}

/// <summary><c>duckdb_connection</c>.</summary>
internal sealed class DuckDbConnectionHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        DuckDbNative.Disconnect(ref handle);
        return true;
    }
}

/// <summary><c>duckdb_prepared_statement</c>.</summary>
internal sealed class DuckDbStatementHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        DuckDbNative.DestroyPrepare(ref handle);
        return true;
    }
}

/// <summary><c>duckdb_pending_result</c>.</summary>
internal sealed class DuckDbPendingHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        DuckDbNative.DestroyPending(ref handle);
        return true;
    }
}

/// <summary><c>duckdb_data_chunk</c>.</summary>
internal sealed class DuckDbChunkHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        DuckDbNative.DestroyDataChunk(ref handle);
        return true;
    }
}

/// <summary><c>duckdb_logical_type</c>.</summary>
internal sealed class DuckDbTypeHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        DuckDbNative.DestroyLogicalType(ref handle);
        return true;
    }
}
