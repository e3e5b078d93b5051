namespace FineTune.Workflow.Rules;

/// <summary>What dropped blobs mean, by their names alone.</summary>
public static class DroppedBlobs
{
    /// <summary>The container that datasets are dropped into.</summary>
    public const string Container = "datasets";

    /// <summary>Only blobs below this prefix start runs.</summary>
    public const string Prefix = "incoming/";

    private const string RequestName = "run.json";
    private const string RequestSuffix = "." + RequestName;
    private const string MarkName = "refused.html";

    /// <summary>Extensions of dataset files, in lower case with their dot.</summary>
    public static IReadOnlyList<string> DatasetExtensions { get; } =
    [
        ".jsonl", ".parquet", ".ndjson", ".json", ".csv", ".tsv",
        ".jsonl.gz", ".ndjson.gz", ".json.gz", ".csv.gz", ".tsv.gz", ".jsonl.zst", ".ndjson.zst", ".json.zst", ".csv.zst", ".tsv.zst",
    ];

    /// <summary>Where the rows of a prepared split come from.</summary>
    private const string RowMapSuffix = ".rows.csv";

    /// <summary>What Hugging Face's tools and <c>finetune prepare</c> write beside a dataset, and is none.</summary>
    private static readonly string[] DescribingFiles =
        ["dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "manifest.json", "report.json", "changes.csv"];

    /// <summary>Says what a blob means.</summary>
    /// <param name="name">The blob's name in its container.</param>
    /// <returns>What it means; names with empty or dot segments are ignored.</returns>
    public static DroppedBlobKind Classify(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string[] segments = name.Split('/');
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || Array.Exists(segments, segment => segment is "" or "." or ".."))
        {
            return DroppedBlobKind.Ignored;
        }

        bool inFolder = segments.Length > 2;
        string file = segments[^1];
        if (inFolder && string.Equals(file, RequestName, StringComparison.OrdinalIgnoreCase))
        {
            return DroppedBlobKind.Folder;
        }

        if (IsDataset(file))
        {
            return inFolder ? DroppedBlobKind.FolderMember : DroppedBlobKind.Dataset;
        }

        return !inFolder && file.Length > RequestSuffix.Length && file.EndsWith(RequestSuffix, StringComparison.OrdinalIgnoreCase)
            ? DroppedBlobKind.RunRequest
            : DroppedBlobKind.Ignored;
    }

    /// <summary>Says why a blob is left alone, for the log.</summary>
    /// <param name="name">The name of a blob that <see cref="Classify"/> calls ignored.</param>
    /// <returns>The reason, as the end of a sentence.</returns>
    public static string IgnoredBecause(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string file = name[(name.LastIndexOf('/') + 1)..];
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return $"it is not under {Prefix}";
        }

        if (Array.Exists(name.Split('/'), segment => segment is "" or "." or ".."))
        {
            return "a part of its name is empty or made of dots";
        }

        if (string.Equals(file, RequestName, StringComparison.OrdinalIgnoreCase))
        {
            return $"a {RequestName} belongs into a dataset's folder; beside a single file it is named <dataset>{RequestSuffix}";
        }

        if (file.EndsWith(MarkName, StringComparison.Ordinal))
        {
            return "it tells why a dataset was refused";
        }

        bool inFolder = name.Length > Prefix.Length + file.Length;
        return inFolder && file.EndsWith(RequestSuffix, StringComparison.OrdinalIgnoreCase)
            ? $"a folder is one dataset and its request is named {RequestName}"
            : $"it is no dataset ({string.Join(", ", DatasetExtensions)})";
    }

    /// <summary>
    /// Where a refused dataset is marked, with its report: <c>chat.jsonl.refused.html</c> beside <c>chat.jsonl</c>, <c>refused.html</c> in a
    /// folder. The dataset itself is never changed.
    /// </summary>
    /// <param name="path">The dataset's path; a folder's ends with a slash.</param>
    /// <returns>The mark's name.</returns>
    public static string RefusalMark(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return path.EndsWith('/') ? path + MarkName : $"{path}.{MarkName}";
    }

    /// <summary>Whether a file name has a dataset's extension.</summary>
    /// <param name="name">A blob's name or its last segment.</param>
    /// <returns>True for a dataset file.</returns>
    public static bool IsDataset(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string file = name[(name.LastIndexOf('/') + 1)..];
        if (file.EndsWith(RequestName, StringComparison.OrdinalIgnoreCase) || file.EndsWith(RowMapSuffix, StringComparison.OrdinalIgnoreCase)
            || DescribingFiles.Contains(file, StringComparer.OrdinalIgnoreCase))
        {
            return false;
        }

        return DatasetExtensions.Any(extension =>
            name.EndsWith(extension, StringComparison.OrdinalIgnoreCase) && name[..^extension.Length] is { Length: > 0 } stem && stem[^1] != '/');
    }

    /// <summary>The dataset that a drop stands for: the blob itself, or the folder of a <c>run.json</c> with a slash at its end.</summary>
    /// <param name="dropName">The name of a blob that <see cref="Classify"/> calls a dataset or a folder.</param>
    /// <returns>The path in the container.</returns>
    public static string DatasetPath(string dropName) =>
        Classify(dropName) == DroppedBlobKind.Folder ? dropName[..(dropName.LastIndexOf('/') + 1)] : dropName;

    /// <summary>
    /// Where the request of a drop may be: <c>chat.parquet.run.json</c> or <c>chat.run.json</c> beside <c>chat.parquet</c>, and <c>chat.run.json</c>
    /// beside <c>chat.jsonl.gz</c> too; the <c>run.json</c> itself for a folder. All spellings, because a request that is overlooked would spend money on defaults;
    /// the longer one first, because it can't be meant for a <c>chat.jsonl</c>.
    /// </summary>
    /// <param name="dropName">The name of a blob that <see cref="Classify"/> calls a dataset or a folder.</param>
    /// <returns>The candidates; the first one that exists counts.</returns>
    public static IReadOnlyList<string> RequestNames(string dropName)
    {
        ArgumentNullException.ThrowIfNull(dropName);
        return Classify(dropName) == DroppedBlobKind.Folder
            ? [dropName]
            : [dropName + RequestSuffix, .. Stems(dropName).Select(stem => stem + RequestSuffix)];
    }

    private static IEnumerable<string> Stems(string name)
    {
        string stem = name[..name.LastIndexOf('.')];
        yield return stem;
        if (name[stem.Length..].ToUpperInvariant() is ".GZ" or ".ZST")
        {
            yield return stem[..stem.LastIndexOf('.')];
        }
    }
}
