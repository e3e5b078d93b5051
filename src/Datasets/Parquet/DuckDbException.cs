using System.Diagnostics.CodeAnalysis;

namespace FineTune.Datasets.Parquet;

/// <summary>An error that DuckDB reported. Its text may quote values of a file: it is for code to judge, not for logs.</summary>
[SuppressMessage("Design", "CA1064:Exceptions should be public", Justification = "It is translated before it leaves this folder.")]
internal sealed class DuckDbException(string message, DuckDbErrorType type) : Exception(message)
{
    public DuckDbErrorType Type { get; } = type;
}
