using System.Text;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Reports;

namespace FineTune.Workflow.Activities;

/// <summary>Writes the run's report: as data, and as one self-contained page with curves and answers.</summary>
/// <param name="records">The run's records.</param>
public sealed class PublishReport(IRunRecords records) : WorkflowActivity<RunStatus, string>
{
    private static readonly JsonSerializerOptions Indented = new(DurableJson.Options) { WriteIndented = true };

    /// <summary>The registered name.</summary>
    public static ActivityName<RunStatus, Outcome<string>> Name { get; } = new(nameof(PublishReport));

    /// <inheritdoc/>
    protected override async Task<string> DoAsync(RunStatus input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var data = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(input, Indented));
        await records.WriteAsync(input.RunId, RunRecordNames.Report, data, "application/json", cancellationToken);

        string page = RunReportPage.Render(
            input,
            await ReadAsync<MetricSeries>(input.RunId, RunRecordNames.Metrics, cancellationToken),
            await ReadAsync<SmokeTestAnswer>(input.RunId, RunRecordNames.SmokeTest, cancellationToken));
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(page));
        return await records.WriteAsync(input.RunId, RunRecordNames.ReportPage, content, "text/html; charset=utf-8", cancellationToken);
    }

    private async Task<IReadOnlyList<T>> ReadAsync<T>(string runId, string name, CancellationToken cancellationToken)
    {
        if (await records.OpenAsync(runId, name, cancellationToken) is not { } record)
        {
            return [];
        }

        await using (record)
        {
            return await JsonSerializer.DeserializeAsync<List<T>>(record.Content, DurableJson.Options, cancellationToken) ?? [];
        }
    }
}
