namespace FineTune.Workflow.Contracts;

/// <summary>Something that the repair policy did to a row.</summary>
/// <param name="Change">A stable word, such as <c>Dropped</c> or <c>MergedTurns</c>.</param>
/// <param name="File">The source file.</param>
/// <param name="Row">Line of a JSONL file; number of the row in any other, from 1.</param>
/// <param name="Because">The code of the finding that was the reason.</param>
public sealed record RowChange(string Change, string File, long Row, string Because);
