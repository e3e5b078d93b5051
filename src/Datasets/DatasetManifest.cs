using FineTune.Workflow.Contracts;

namespace FineTune.Datasets;

/// <summary>What a prepared dataset is and what it was made of: enough to check every file, and to trace a row back to its source.</summary>
public sealed record DatasetManifest
{
    /// <summary>Version of this document's form.</summary>
    public int Version { get; init; } = 1;

    /// <summary>What was asked for.</summary>
    public required DatasetRequest Request { get; init; }

    /// <summary>The source files, in the order in which row maps count them, with ETag and XXH128.</summary>
    public required IReadOnlyList<SourceFileReport> Sources { get; init; }

    /// <summary>The splits: rows, bytes, SHA-256, and the name of the row map.</summary>
    public required IReadOnlyList<PreparedSplit> Splits { get; init; }

    /// <summary>URIs of the splits that were uploaded.</summary>
    public IReadOnlyDictionary<SplitKind, string> Uris { get; init; } = new Dictionary<SplitKind, string>();

    /// <summary>The manifest of a preparation.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="result">What came out.</param>
    /// <returns>The manifest, without URIs.</returns>
    public static DatasetManifest Of(DatasetRequest request, DatasetPreparationResult result) =>
        new() { Request = request, Sources = result.Report.Files, Splits = result.Splits };
}
