namespace FineTune.Workflow.Contracts;

/// <summary>One split as written to disk.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="FileName">Its file name in the output folder, such as <c>train_sft.jsonl</c>.</param>
/// <param name="Rows">Rows written.</param>
/// <param name="Bytes">Bytes written.</param>
/// <param name="Sha256">SHA-256 of the file, lower-case hexadecimal.</param>
public sealed record PreparedSplit(SplitKind Kind, string FileName, long Rows, long Bytes, string Sha256);
