namespace FineTune.Datasets.Parquet;

/// <summary>Those of <c>duckdb_error_type</c> that are told apart here.</summary>
internal enum DuckDbErrorType
{
    Unknown = 0,
    Interrupt = 29,
    OutOfMemory = 33,
}
