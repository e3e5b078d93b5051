namespace FineTune.Workflow.Contracts;

/// <summary>What was read of one source file.</summary>
/// <param name="Name">The file.</param>
/// <param name="Split">The split its name stands for; null when its rows were divided by hash.</param>
/// <param name="Rows">Rows read.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="ETag">The version that was read, when it was a blob.</param>
public sealed record SourceFileReport(string Name, SplitKind? Split, long Rows, long Bytes, string? ETag);
