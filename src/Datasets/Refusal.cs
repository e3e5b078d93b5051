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
            $"{rules.InvalidRows} of {rules.Rows} rows are invalid ({100.0 * rules.InvalidRows / rules.Rows:0.###} %; allowed are {request.MaxInvalidPercent:0.###} %). The first is {position}: {first.Code}. {first.Reason}"))
        {
            Where = position,
            NextStep = "Correct the rows that the report lists (docs/dataset-rules.md explains every code), or have them left out by a higher maxInvalidPercent or a repair.",
        };
    }

    public static Failure? SplitMissing(IReadOnlyList<PreparedSplit> splits, IReadOnlyList<PlannedFile> plan, RowPipeline rules)
    {
        bool hasTrain = splits.Any(split => split.Kind == SplitKind.Train);
        if (hasTrain && splits.Any(split => split.Kind == SplitKind.Test))
        {
            return null;
        }

        string counts = string.Create(CultureInfo.InvariantCulture, $"{rules.Rows} rows were read from {plan.Count} files, {rules.Rows - rules.InvalidRows} of them are valid");
        if (rules.Rows == 0)
        {
            return new Failure("DatasetWithoutRows", $"The dataset has no rows: {plan.Count.ToString(CultureInfo.InvariantCulture)} files were read.")
            {
                NextStep = "Check that the right files were uploaded; each needs at least one row.",
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
}
