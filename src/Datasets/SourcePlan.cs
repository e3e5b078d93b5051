using System.Globalization;
using System.Text.RegularExpressions;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets;

/// <summary>A source file and what will be done with its rows.</summary>
/// <param name="File">The file.</param>
/// <param name="Split">Where its rows go; null when each row's hash decides between training and test.</param>
/// <param name="Format">What it is read as.</param>
internal sealed record PlannedFile(DatasetFile File, SplitKind? Split, SourceFormat Format);

/// <summary>Decides from the files' names alone how a dataset is read and split.</summary>
internal static partial class SourcePlan
{
    /// <exception cref="UpstreamException">Invalid: a name is no dataset's, or does not say which split it is while others do.</exception>
    public static IReadOnlyList<PlannedFile> Of(IReadOnlyList<DatasetFile> files)
    {
        if (files.Count == 0)
        {
            throw DatasetErrors.NoFiles();
        }

        CheckShards(files);
        List<PlannedFile> plan = [.. files.Select(file => new PlannedFile(file, SplitNames.Recognize(file.Name), SourceFormat.Of(file.Name)))];
        if (plan.TrueForAll(file => file.Split is null))
        {
            plan = [.. SplitNames.RecognizeFolders([.. files.Select(file => file.Name)]).Zip(plan, (split, file) => file with { Split = split })];
        }

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
                $"There is no test file: about {request.TestPercent} % of the training rows are the test split, chosen by hash.");
        }
    }

    /// <summary>Hugging Face's shards say how many there are; one that is missing is not noticed by any other check.</summary>
    private static void CheckShards(IReadOnlyList<DatasetFile> files)
    {
        HashSet<string> names = [.. files.Select(file => file.Name)];
        HashSet<(string Before, int Count, string After)> complete = [];
        foreach (DatasetFile file in files)
        {
            Match shard = Shard().Match(file.Name);
            if (!shard.Success || !int.TryParse(shard.Groups["count"].ValueSpan, CultureInfo.InvariantCulture, out int count)
                || !complete.Add((shard.Groups["before"].Value, count, shard.Groups["after"].Value)))
            {
                continue;
            }

            // Files that stand there are counted, not numbers: a name may claim 99,999 shards.
            for (int number = 0; number < count && number <= files.Count; number++)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"{shard.Groups["before"]}-{number:00000}-of-{shard.Groups["count"]}{shard.Groups["after"]}");
                if (!names.Contains(name))
                {
                    throw DatasetErrors.ShardMissing(file.Name, count, $"'{name}'");
                }
            }
        }
    }

    [GeneratedRegex("^(?<before>.*)-[0-9]{5}-of-(?<count>[0-9]{5})(?<after>\\.[^/]*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Shard();
}
