namespace FineTune.Datasets;

/// <summary>What a source file may cost at most. A row beyond a limit is invalid; it never costs more memory than the limit says.</summary>
public sealed record DatasetLimits
{
    /// <summary>Bytes of one row, without its line end: 10 MB, 1 GB at most.</summary>
    public int MaxRowBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1 << 30);
            field = value;
        }
    } = 10_000_000;

    /// <summary>How deep objects and arrays of a row may be nested; <c>messages</c> itself needs 3. Default 64.</summary>
    public int MaxDepth
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 3);
            field = value;
        }
    } = 64;

    /// <summary>Messages of one row. Default 10,000.</summary>
    public int MaxMessages
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 10_000;

    /// <summary>Memory of DuckDB's buffers while it reads a Parquet file, in bytes. Default 256 MB.</summary>
    public long ParquetMemoryBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 16_000_000);
            field = value;
        }
    } = 256_000_000;

    /// <summary>Threads that DuckDB decodes a Parquet file with. Default 2.</summary>
    public int ParquetThreads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 2;
}
