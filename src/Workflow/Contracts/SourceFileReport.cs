namespace FineTune.Workflow.Contracts;

/// <summary>What was read of one source file.</summary>
/// <param name="Name">The file.</param>
/// <param name="Split">The split its name stands for; null when its rows were divided by hash.</param>
/// <param name="Rows">Rows read.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="ETag">The version that was read, when it was a blob.</param>
public sealed record SourceFileReport(string Name, SplitKind? Split, long Rows, long Bytes, string? ETag)
{
    /// <summary>
    /// XXH128 of its bytes, lower-case hexadecimal, as <c>xxhsum -H128</c> prints it: it tells whether a file is the one that was read,
    /// at a tenth of the cost of SHA-256, which the splits have.
    /// </summary>
    public string? Xxh128 { get; init; }

    /// <summary>What it is read as, such as <c>JSONL</c> or <c>CSV, gzip</c>.</summary>
    public string? Format { get; init; }

    /// <summary>Rows by the shape they have (<c>Chat</c>, <c>ShareGpt</c>, <c>Alpaca</c>, …), where any was mapped.</summary>
    public IReadOnlyDictionary<string, long>? Shapes { get; init; }
}
