using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Activities;

/// <summary>
/// Checks and splits the dataset and uploads what the job reads, all at the same time: rows go from the source to the datastore without a
/// stop on this machine's disk. A refused dataset leaves nothing in the workspace: only its report, among the run's records, and a mark
/// beside the dataset. A second attempt uploads nothing that is there already.
/// </summary>
/// <param name="source">The container with the dataset.</param>
/// <param name="preparation">Checks and splits.</param>
/// <param name="uploads">The workspace's datastore.</param>
/// <param name="records">The run's records.</param>
public sealed class PrepareDataset(IDatasetSource source, IDatasetPreparation preparation, IDatastoreUploads uploads, IRunRecords records)
    : WorkflowActivity<DatasetPreparing, DatasetPreparationOutcome>
{
    private const int MaxFirstFindings = 10;

    private static readonly DatasetReport Unread = new()
    {
        Rows = 0,
        InvalidRows = 0,
        UnselectedRows = 0,
        FindingCounts = new Dictionary<string, long>(),
        Findings = [],
        Files = [],
    };

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
        if (input.DroppedETag is { } dropped && files is [{ ETag: { } present }] && present != dropped)
        {
            throw new UpstreamException(OutcomeKind.Conflict, new Failure("DatasetReplaced", "Another blob was dropped under the same name before this one was read.")
            {
                Where = path,
                NextStep = "Nothing: the newer one has a run of its own. To have both trained, drop them under different names.",
            });
        }

        using var temporary = TemporaryFolder.In(Path.GetTempPath());
        await using var delivery = new DatasetDelivery(input, files, uploads, records, cancellationToken);
        DatasetPreparationResult prepared;
        try
        {
            prepared = await preparation.PrepareAsync(
                files,
                source.OpenReadAsync,
                input.Dataset,
                input.Checks,
                delivery,
                temporary.FullName,
                progress: null,
                cancellationToken);
        }
        catch (UpstreamException unreadable) when (unreadable.Kind == OutcomeKind.Invalid)
        {
            await PublishAsync(input.RunId, path, new DatasetPreparationResult([], Unread, unreadable.Failure), cancellationToken);
            throw;
        }

        string reportUri = await WriteAsync(input.RunId, RunRecordNames.DatasetReport, prepared.Report, cancellationToken);
        string[] troubles = await PublishAsync(input.RunId, path, prepared, cancellationToken);
        if (prepared.Refusal is null)
        {
            await delivery.FinishAsync();
        }

        DatasetSummary summary = Summarize(prepared.Report, delivery.Splits, reportUri);
        await WriteAsync(input.RunId, RunRecordNames.Manifest, new { prepared.Report.Files, delivery.Splits, summary.Sha256 }, cancellationToken);
        return new DatasetPreparationOutcome(
            summary with { Warnings = [.. troubles, .. summary.Warnings] },
            prepared.Refusal is null ? null : prepared.Refusal with { Where = prepared.Refusal.Where ?? reportUri });
    }

    /// <summary>The page goes to the run's records; a refused dataset gets it beside itself, too, and an accepted one loses the mark it had.</summary>
    private async Task<string[]> PublishAsync(string runId, string path, DatasetPreparationResult prepared, CancellationToken cancellationToken)
    {
        string page = preparation.RenderReport(path, prepared);
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(page));
        await records.WriteAsync(runId, RunRecordNames.DatasetReportPage, content, "text/html; charset=utf-8", cancellationToken);
        try
        {
            await (prepared.Refusal is null ? source.ClearRefusalAsync(path, cancellationToken) : source.MarkRefusedAsync(path, page, cancellationToken));
            return [];
        }
        catch (UpstreamException denied)
        {
            // A courtesy: whoever may only read there still gets the dataset trained, or its refusal told by the run.
            return [$"The mark {DroppedBlobs.RefusalMark(path)} could not be {(prepared.Refusal is null ? "removed" : "written")}: {denied.Failure.Message}"];
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

    private async Task<string> WriteAsync<T>(string runId, string name, T value, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(value, Indented));
        return await records.WriteAsync(runId, name, content, "application/json", cancellationToken);
    }
}
