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

    /// <summary>
    /// The most that DuckDB's buffers may take while it reads a Parquet file, in bytes. Default 1 GB. What they do take depends on the file's
    /// pages: little where they have 1 MB, as usual; some hundreds of MB where they have 100 MB, as DuckDB writes them.
    /// </summary>
    public long ParquetMemoryBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 16_000_000);
            field = value;
        }
    } = 1_000_000_000;

    /// <summary>
    /// Threads that DuckDB decodes a Parquet file with, beside the one that checks its rows. Default 1: each works on a row group of its own,
    /// and takes the memory for it.
    /// </summary>
    public int ParquetThreads
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1;

    /// <summary>
    /// Rows that duplicates are looked for among, as slots of a table of 12 bytes each: three quarters of them are filled. A quarter as many
    /// are compared for near duplicates, for another 60 bytes each. Default 4,194,304 (some 110 MB in all), a power of two.
    /// </summary>
    public int DuplicateSlots
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1024);
            ArgumentOutOfRangeException.ThrowIfNotEqual(value, 1 << System.Numerics.BitOperations.Log2((uint)value));
            field = value;
        }
    } = 1 << 22;

    /// <summary>Bytes of one file. Default 1 TB.</summary>
    public long MaxFileBytes
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1_000_000_000_000;

    /// <summary>How many times its size a compressed file may have, once it has 64 MB: chats have 3 to 10 times. Default 200.</summary>
    public int MaxCompressionRatio
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 200;

    /// <summary>Columns of a Parquet or CSV file, counting nested ones. Default 1,000.</summary>
    public int MaxColumns
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 1000;

    /// <summary>Row groups of a Parquet file. Default 100,000.</summary>
    public int MaxRowGroups
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 100_000;

    /// <summary>Whether so many bytes are out of all proportion to the bytes of the file that they come from; the first 64 MB never are.</summary>
    internal bool IsOutOfProportion(long bytes, long fileBytes) => bytes > 64_000_000 && bytes / MaxCompressionRatio > fileBytes;
}
