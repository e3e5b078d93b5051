namespace FineTune.Workflow.Contracts;

/// <summary>One split as the job will read it.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Uri">Its <c>azureml://datastores/…</c> URI; null for splits that are prepared but not uploaded.</param>
/// <param name="Rows">Rows in it.</param>
/// <param name="Bytes">Bytes in it.</param>
/// <param name="Sha256">SHA-256, lower-case hexadecimal.</param>
public sealed record UploadedSplit(SplitKind Kind, string? Uri, long Rows, long Bytes, string Sha256);
