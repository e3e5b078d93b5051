namespace FineTune.Workflow.Contracts;

/// <summary>One thing wrong with one row. Carries no text of the row, unless that was asked for: training data stays out of logs and reports.</summary>
/// <param name="Code">A stable code, such as <c>NotJson</c> or <c>UnknownRole</c>.</param>
/// <param name="File">The source file.</param>
/// <param name="Row">Line of a JSONL file; number of the row in any other, from 1.</param>
/// <param name="Reason">What is wrong, for a person.</param>
public sealed record DatasetFinding(string Code, string File, long Row, string Reason)
{
    /// <summary>What it means for the row.</summary>
    public FindingSeverity Severity { get; init; }

    /// <summary>Line in the file where the row begins, from 1, where that is another number than <see cref="Row"/>.</summary>
    public long? Line { get; init; }

    /// <summary>Byte column in the row, from 1, where known.</summary>
    public long? Column { get; init; }

    /// <summary>JSON path in the row, such as <c>$.messages[2].role</c>, where known.</summary>
    public string? Path { get; init; }

    /// <summary>
    /// What stands there, at most 60 characters with every letter as <c>x</c> and every digit as <c>0</c> but in the names of properties and roles;
    /// only when asked for.
    /// </summary>
    public string? Excerpt { get; init; }
}
