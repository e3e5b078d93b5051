using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>
/// Checks and splits the dataset on this machine's disk, then uploads what the job reads. A refused dataset leaves nothing in
/// the workspace: only its report, among the run's records. Uploads go by content, so a second time uploads nothing.
/// </summary>
/// <param name="source">The container with the dataset.</param>
/// <param name="preparation">Checks and splits.</param>
/// <param name="uploads">The workspace's datastore.</param>
/// <param name="records">The run's records.</param>
public sealed class PrepareDataset(IDatasetSource source, IDatasetPreparation preparation, IDatastoreUploads uploads, IRunRecords records)
    : WorkflowActivity<DatasetPreparing, DatasetPreparationOutcome>
{
    private const int SmokeRowCandidates = 20;
    private const int MaxFirstFindings = 10;
    private static readonly JsonSerializerOptions Indented = new(DurableJson.Options) { WriteIndented = true };

    /// <summary>The registered name.</summary>
    public static ActivityName<DatasetPreparing, Outcome<DatasetPreparationOutcome>> Name { get; } = new(nameof(PrepareDataset));

    /// <inheritdoc/>
    protected override async Task<DatasetPreparationOutcome> DoAsync(DatasetPreparing input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        string path = input.Dataset.Path ?? throw new UpstreamException(OutcomeKind.Invalid, new Failure(
            "DatasetPathMissing", "The request names no dataset.")
        {
            Where = "$.dataset.path",
            NextStep = "Set dataset.path to a blob or folder in the container datasets.",
        });
        IReadOnlyList<DatasetFile> files = await source.ListAsync(path, cancellationToken);
        DirectoryInfo work = Directory.CreateTempSubdirectory("finetune-dataset-");
        try
        {
            DatasetPreparationResult prepared = await preparation.PrepareAsync(
                files, source.OpenReadAsync, input.Dataset, work.FullName, progress: null, cancellationToken);
            string reportUri = await WriteAsync(input.RunId, RunRecordNames.DatasetReport, prepared.Report, cancellationToken);
            IReadOnlyList<UploadedSplit> splits = prepared.Refusal is null
                ? await UploadAsync(input, prepared.Splits, work.FullName, cancellationToken)
                : [];
            DatasetSummary summary = Summarize(prepared.Report, splits, reportUri);
            await WriteAsync(input.RunId, RunRecordNames.Manifest, new { prepared.Report.Files, Splits = splits, summary.Sha256 }, cancellationToken);
            return new DatasetPreparationOutcome(
                summary, prepared.Refusal is null ? null : prepared.Refusal with { Where = prepared.Refusal.Where ?? reportUri });
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    private static DatasetSummary Summarize(DatasetReport report, IReadOnlyList<UploadedSplit> splits, string reportUri) => new()
    {
        Splits = splits,
        Rows = report.Rows,
        InvalidRows = report.InvalidRows,
        UnselectedRows = report.UnselectedRows,
        FirstFindings = [.. report.Findings.Take(MaxFirstFindings)],
        ReportUri = reportUri,
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', splits.Select(split => split.Sha256))))),
        Warnings = [.. report.Warnings.Take(10)],
    };

    private async Task<IReadOnlyList<UploadedSplit>> UploadAsync(
        DatasetPreparing input, IReadOnlyList<PreparedSplit> splits, string directory, CancellationToken cancellationToken)
    {
        var uploaded = new List<UploadedSplit>();
        foreach (PreparedSplit split in splits)
        {
            // The generation splits are prepared but not sent: the notebook's job reads train_sft and test_sft only.
            bool sent = split.Kind is SplitKind.Train or SplitKind.Validation or SplitKind.Test;
            string? uri = sent
                ? await uploads.UploadAsync(Path.Combine(directory, split.FileName), split.Sha256[..32], split.FileName, cancellationToken)
                : null;
            uploaded.Add(new UploadedSplit(split.Kind, uri, split.Rows, split.Bytes, split.Sha256));
        }

        PreparedSplit questions = splits.FirstOrDefault(split => split.Kind == SplitKind.TestGeneration) ?? splits.First(split => split.Kind == SplitKind.Test);
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(
            await SampleLinesAsync(Path.Combine(directory, questions.FileName), input.Dataset.Seed, cancellationToken)));
        await records.WriteAsync(input.RunId, RunRecordNames.SmokeRows, content, "application/jsonl", cancellationToken);
        return uploaded;
    }

    /// <summary>Reservoir sampling: every row has the same chance, in one pass, and the same seed gives the same rows.</summary>
    private static async Task<string> SampleLinesAsync(string file, int seed, CancellationToken cancellationToken)
    {
#pragma warning disable CA5394 // The choice of a test question is no secret; it must be repeatable.
        var random = new Random(seed);
        var sample = new List<string>(SmokeRowCandidates);
        long seen = 0;
        await foreach (string line in File.ReadLinesAsync(file, cancellationToken))
        {
            seen++;
            if (sample.Count < SmokeRowCandidates)
            {
                sample.Insert(random.Next(sample.Count + 1), line);
            }
            else if (random.NextInt64(seen) is var place and < SmokeRowCandidates)
            {
                sample[(int)place] = line;
            }
        }
#pragma warning restore CA5394
        return string.Join('\n', sample);
    }

    private async Task<string> WriteAsync<T>(string runId, string name, T value, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(value, Indented));
        return await records.WriteAsync(runId, name, content, "application/json", cancellationToken);
    }
}
