namespace FineTune.Datasets.Parquet;

/// <summary>Those of <c>duckdb_type</c> that a dataset's columns may have; DuckDB has more.</summary>
internal enum DuckDbType
{
    Invalid = 0,
    TinyInt = 2,
    SmallInt = 3,
    Integer = 4,
    BigInt = 5,
    UTinyInt = 6,
    USmallInt = 7,
    UInteger = 8,
    UBigInt = 9,
    Varchar = 17,
    List = 24,
    Struct = 25,
    Uuid = 27,
    SqlNull = 36,
}
