using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>Writes the run's report.</summary>
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
        return await records.WriteAsync(input.RunId, RunRecordNames.Report, data, "application/json", cancellationToken);
    }
}
