using System.Globalization;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets;

/// <summary>Why a dataset that could be read can't be used.</summary>
internal static class Refusal
{
    public static Failure? TooManyInvalidRows(RowPipeline rules, FindingLog log, DatasetRequest request)
    {
        if (request.Repair != RepairPolicy.Report || rules.InvalidRows == 0 || 100.0 * rules.InvalidRows / rules.Rows <= request.MaxInvalidPercent)
        {
            return null;
        }

        DatasetFinding first = log.FirstError!;
        string position = string.Create(CultureInfo.InvariantCulture, $"{first.File}, row {first.Row}");
        if (first.Line is { } line)
        {
            position += string.Create(CultureInfo.InvariantCulture, $" (line {line})");
        }

        if (first.Column is { } column)
        {
            position += string.Create(CultureInfo.InvariantCulture, $", column {column}");
        }

        if (first.Path is { } path)
        {
            position += $", {path}";
        }

        return new Failure("DatasetRefused", string.Create(CultureInfo.InvariantCulture,
            $"{rules.InvalidRows} of {Count(rules.Rows, "row")} {(rules.InvalidRows == 1 ? "is" : "are")} invalid ({100.0 * rules.InvalidRows / rules.Rows:0.######} %; allowed are {request.MaxInvalidPercent:0.######} %). The first is {position}: {first.Code}. {first.Reason}"))
        {
            Where = position,
            NextStep = "Correct the rows that the report lists (docs/dataset-rules.md explains every code), or have them left out by a higher maxInvalidPercent or a repair policy.",
        };
    }

    public static Failure? SplitMissing(IReadOnlyList<PreparedSplit> splits, IReadOnlyList<PlannedFile> plan, RowPipeline rules)
    {
        bool hasTrain = splits.Any(split => split.Kind == SplitKind.Train);
        if (hasTrain && splits.Any(split => split.Kind == SplitKind.Test))
        {
            return null;
        }

        string counts = string.Create(CultureInfo.InvariantCulture,
            $"of {Count(rules.Rows, "row")} in {Count(plan.Count, "file")}, {rules.Rows - rules.InvalidRows - rules.DroppedRows} can be used");
        if (rules.Rows == 0)
        {
            return new Failure("DatasetWithoutRows", $"There is no row in {Count(plan.Count, "file")}.")
            {
                NextStep = "Check that these are the right files.",
            };
        }

        bool isDivided = plan.Any(file => file.Split is null);
        string nextStep = isDivided
            ? "Two valid rows are needed at least, better some hundreds."
            : "Rename the files so that their names say train and test, or give none of them such a name: then rows are divided by hash.";
        return hasTrain
            ? new Failure("DatasetWithoutTestRows", $"There is no row to test with: {counts}.") { NextStep = nextStep }
            : new Failure("DatasetWithoutTrainingRows", $"There is no row to train on: {counts}.") { NextStep = nextStep };
    }

    private static string Count(long number, string what) => string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");
}
