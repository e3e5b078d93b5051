using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace FineTune.Datasets.Parquet;

/// <summary>The rows of a query, a chunk of some thousands at a time.</summary>
internal sealed unsafe class DuckDbResult : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Starts the query.</summary>
    /// <exception cref="DuckDbException">It failed before its first row.</exception>
    public DuckDbResult(DuckDbPendingHandle pending)
        : base(ownsHandle: true)
    {
        handle = (nint)NativeMemory.AllocZeroed((nuint)sizeof(DuckDbNative.Result));
        if (DuckDbNative.ExecutePending(pending, Result) != 0)
        {
            DuckDbException error = Error();
            Dispose();
            throw error;
        }
    }

    private DuckDbNative.Result* Result => (DuckDbNative.Result*)handle;

    /// <summary>The type of a column; the caller disposes it.</summary>
    public DuckDbTypeHandle ColumnType(int column) => DuckDbNative.ColumnLogicalType(Result, (ulong)column);

    /// <summary>The next rows, or null after the last; the caller disposes them.</summary>
    /// <exception cref="DuckDbException">The query failed, or was interrupted.</exception>
    public DuckDbChunkHandle? Next()
    {
        DuckDbChunkHandle chunk = DuckDbNative.FetchChunk(*Result);
        if (!chunk.IsInvalid)
        {
            return chunk;
        }

        chunk.Dispose();
        return DuckDbNative.ResultError(Result) is null ? null : throw Error();
    }

    protected override bool ReleaseHandle()
    {
        DuckDbNative.DestroyResult(Result);
        NativeMemory.Free(Result);
        return true;
    }

    private DuckDbException Error() => new(DuckDbNative.Text(DuckDbNative.ResultError(Result)), DuckDbNative.ResultErrorType(Result));
}
