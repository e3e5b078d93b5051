namespace FineTune.Workflow.Contracts;

/// <summary>One thing wrong with one row. Carries no text of the row: training data stays out of logs and reports.</summary>
/// <param name="Code">A stable code, such as <c>NotJson</c> or <c>UnknownRole</c>.</param>
/// <param name="File">The source file.</param>
/// <param name="Row">Line of a text file or row of a Parquet file, from 1.</param>
/// <param name="Reason">What is wrong, for a person.</param>
public sealed record DatasetFinding(string Code, string File, long Row, string Reason)
{
    /// <summary>Byte column in the line, from 1, where known.</summary>
    public long? Column { get; init; }

    /// <summary>JSON path in the row, such as <c>$.messages[2].role</c>, where known.</summary>
    public string? Path { get; init; }
}
