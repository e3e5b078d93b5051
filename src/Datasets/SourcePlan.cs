using System.Globalization;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets;

/// <summary>A source file and what will be done with its rows.</summary>
/// <param name="File">The file.</param>
/// <param name="Split">Where its rows go; null when each row's hash decides between training and test.</param>
/// <param name="IsParquet">Whether it is Parquet; otherwise it is JSONL.</param>
internal sealed record PlannedFile(DatasetFile File, SplitKind? Split, bool IsParquet);

/// <summary>Decides from the files' names alone how a dataset is read and split.</summary>
internal static class SourcePlan
{
    /// <exception cref="UpstreamException">Invalid: a name is no dataset's, or does not say which split it is while others do.</exception>
    public static IReadOnlyList<PlannedFile> Of(IReadOnlyList<DatasetFile> files)
    {
        if (files.Count == 0)
        {
            throw DatasetErrors.NoFiles();
        }

        List<PlannedFile> plan = [.. files.Select(file => new PlannedFile(file, SplitNames.Recognize(file.Name), IsParquet(file.Name)))];
        if (plan.Find(file => file.Split is not null) is { } named && plan.Find(file => file.Split is null) is { } unnamed)
        {
            throw DatasetErrors.SplitMissingFromName(unnamed.File.Name, named.File.Name);
        }

        // Without a test file the training rows are divided, by the same hash as rows that no name sorts.
        return plan.Exists(file => file.Split == SplitKind.Test)
            ? plan
            : plan.ConvertAll(file => file.Split == SplitKind.Train ? file with { Split = null } : file);
    }

    /// <summary>What a person should know about the plan.</summary>
    public static IEnumerable<string> Warnings(IReadOnlyList<PlannedFile> plan, DatasetRequest request)
    {
        if (plan.Any(file => file.Split is null && SplitNames.Recognize(file.File.Name) == SplitKind.Train))
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"There is no test file: about {request.TestPercent} % of the training rows became the test split, chosen by hash.");
        }
    }

    private static bool IsParquet(string name) => Path.GetExtension(name).ToUpperInvariant() switch
    {
        ".PARQUET" => true,
        ".JSONL" => false,
        _ => throw DatasetErrors.UnknownFormat(name),
    };
}
