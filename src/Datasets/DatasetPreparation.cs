using System.Globalization;
using FineTune.Datasets.Jsonl;
using FineTune.Datasets.Output;
using FineTune.Datasets.Parquet;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets;

/// <summary>
/// Reads JSONL and Parquet in one pass, checks every row and writes the splits. The rules are in docs/dataset-rules.md.
/// Safe to use for several datasets at the same time, each with an output folder of its own.
/// </summary>
/// <param name="timeProvider">Paces progress.</param>
/// <param name="limits">What a file may cost; null for the defaults.</param>
public sealed class DatasetPreparation(TimeProvider timeProvider, DatasetLimits? limits = null) : IDatasetPreparation
{
    private readonly DatasetLimits _limits = limits ?? new DatasetLimits();

    /// <inheritdoc/>
    /// <remarks>
    /// Parquet needs random access: its file is first copied to <c>{outputDirectory}.tmp</c>, which is removed at the end.
    /// After a refusal or an exception the output folder is as empty as before.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">A percentage of <paramref name="request"/> is out of range.</exception>
    public async Task<DatasetPreparationResult> PrepareAsync(
        IReadOnlyList<DatasetFile> files,
        Func<DatasetFile, CancellationToken, Task<Stream>> open,
        DatasetRequest request,
        string outputDirectory,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        CheckRange(request, nameof(request.SplitPercent), request.SplitPercent, double.Epsilon, 100);
        CheckRange(request, nameof(request.TestPercent), request.TestPercent, 1, 50);
        CheckRange(request, nameof(request.MaxInvalidPercent), request.MaxInvalidPercent, 0, 100);
        IReadOnlyList<PlannedFile> plan = SourcePlan.Of(files);

        string temporaryDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(outputDirectory)) + ".tmp";
        var paced = new ReadProgress(progress, timeProvider);
        var log = new FindingLog();
        var rules = new RowRules(log, _limits);
        var warnings = new List<string>(SourcePlan.Warnings(plan, request));
        var reports = new List<SourceFileReport>(files.Count);
        var splits = new SplitSet(request, outputDirectory);
        bool succeeded = false;
        try
        {
            var hasher = new RowHasher();
            var jsonl = new JsonlReader(_limits, rules, hasher, splits, paced);
            var parquet = new ParquetReader(_limits, rules, hasher, splits, paced, temporaryDirectory);
            foreach (PlannedFile planned in plan)
            {
                long rowsBefore = rules.Rows;
                await using Stream stream = await open(planned.File, cancellationToken);
                long bytes = planned.IsParquet
                    ? await parquet.ReadAsync(planned.File, planned.Split, stream, warnings, cancellationToken)
                    : await jsonl.ReadAsync(planned.File, planned.Split, stream, cancellationToken);
                reports.Add(new SourceFileReport(planned.File.Name, planned.Split, rules.Rows - rowsBefore, bytes, planned.File.ETag));
            }

            paced.End();
            Failure? refusal = Refusal.TooManyInvalidRows(rules, log, request);
            IReadOnlyList<PreparedSplit> prepared = [];
            if (refusal is null)
            {
                prepared = await splits.CompleteAsync(cancellationToken);
                refusal = Refusal.SplitMissing(prepared, plan, rules);
            }

            succeeded = refusal is null;
            AddWarnings(warnings, rules);
            var report = new DatasetReport
            {
                Rows = rules.Rows,
                InvalidRows = rules.InvalidRows,
                UnselectedRows = rules.Rows - rules.InvalidRows - (succeeded ? prepared.Sum(split => split.Rows) : 0),
                FindingCounts = log.Counts,
                Findings = log.Listed,
                Files = reports,
                Warnings = warnings,
            };
            return new DatasetPreparationResult(succeeded ? prepared : [], report, refusal);
        }
        finally
        {
            await splits.DisposeAsync();
            if (!succeeded)
            {
                splits.DeleteFiles();
            }
        }
    }

    private static void AddWarnings(List<string> warnings, RowRules rules)
    {
        if (rules.RepeatedRoles.Count > 0)
        {
            warnings.Add(Noted(rules.RepeatedRoles, "two turns of the same role follow each other. Chat templates of some model families (Llama 2, Mistral) refuse such conversations"));
        }

        if (rules.UnansweredRows.Count > 0)
        {
            warnings.Add(Noted(rules.UnansweredRows, "the last turn is not the assistant's; it teaches nothing"));
        }
    }

    private static string Noted(RowNote note, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"In {note.Count} rows (the first is row {note.FirstRow} of '{note.FirstFile}') {what}.");

    private static void CheckRange(DatasetRequest request, string name, double value, double min, double max)
    {
        if (!(value >= min && value <= max))
        {
            throw new ArgumentOutOfRangeException(nameof(request), value,
                string.Create(CultureInfo.InvariantCulture, $"{name} must be {(min == double.Epsilon ? "above 0" : $"from {min}")} and at most {max}."));
        }
    }
}
