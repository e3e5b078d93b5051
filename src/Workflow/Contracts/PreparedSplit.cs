namespace FineTune.Workflow.Contracts;

/// <summary>One split as written to disk.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="FileName">Its file name in the output folder, such as <c>train_sft.jsonl</c>.</param>
/// <param name="Rows">Rows written.</param>
/// <param name="Bytes">Bytes written.</param>
/// <param name="Sha256">SHA-256 of the file, lower-case hexadecimal.</param>
public sealed record PreparedSplit(SplitKind Kind, string FileName, long Rows, long Bytes, string Sha256)
{
    /// <summary>
    /// Name of the CSV file beside it that says where its rows come from: <c>row,file,line,count</c>, each line for so many rows that
    /// follow each other in both; <c>file</c> counts the report's files from 0.
    /// </summary>
    public string? RowMap { get; init; }
}
