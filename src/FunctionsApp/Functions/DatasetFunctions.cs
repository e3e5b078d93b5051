using Azure.Storage.Blobs;
using FineTune.FunctionsApp.Configuration;
using FineTune.FunctionsApp.Durable;
using FineTune.Storage;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using FineTune.Workflow.Runs;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace FineTune.FunctionsApp.Functions;

/// <summary>
/// Datasets that are dropped into storage. A drop's run has an id made of container, name and ETag, so that it starts once,
/// whichever of these functions sees it and however often.
/// </summary>
/// <param name="blobs">Tells what a blob stands for.</param>
/// <param name="reconciliation">Finds what no event told.</param>
/// <param name="logger">The log.</param>
public sealed partial class DatasetFunctions(
    DroppedBlobReader blobs, DatasetReconciliation reconciliation, ILogger<DatasetFunctions> logger)
{
    private const string Path = DroppedBlobs.Container + "/" + DroppedBlobs.Prefix + "{name}";

    /// <summary>Event Grid tells of a blob. For Azure: within seconds, and the only source that Flex Consumption has.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="client">The engine.</param>
    /// <param name="context">The invocation.</param>
    /// <returns>When its run has been started.</returns>
    [Function(nameof(DatasetDropped))]
    public Task DatasetDropped(
        [BlobTrigger(Path, Source = BlobTriggerSource.EventGrid, Connection = DatasetsAccount.Connection)] BlobClient blob,
        [DurableClient] DurableTaskClient client,
        FunctionContext context) => StartAsync(blob, client, context);

    /// <summary>The Functions host has found a blob by looking. For Azurite, which has no events.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="client">The engine.</param>
    /// <param name="context">The invocation.</param>
    /// <returns>When its run has been started.</returns>
    [Function(nameof(DatasetDroppedPolling))]
    public Task DatasetDroppedPolling(
        [BlobTrigger(Path, Source = BlobTriggerSource.LogsAndContainerScan, Connection = DatasetsAccount.Connection)] BlobClient blob,
        [DurableClient] DurableTaskClient client,
        FunctionContext context) => StartAsync(blob, client, context);

    /// <summary>Looks for dropped datasets whose event was lost.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="client">The engine.</param>
    /// <param name="context">The invocation.</param>
    /// <returns>When every run that was missing has been started.</returns>
    [Function(nameof(ReconcileDatasets))]
    public Task ReconcileDatasets(
        [TimerTrigger("%ReconcileSchedule%")] TimerInfo timer, [DurableClient] DurableTaskClient client, FunctionContext context) =>
        reconciliation.LookAsync(context.Get<DatasetIntake>(client), context.CancellationToken);

    private async Task StartAsync(BlobClient blob, DurableTaskClient client, FunctionContext context)
    {
        DatasetIntake intake = context.Get<DatasetIntake>(client);
        if (await blobs.ReadAsync(blob.Name, context.CancellationToken) is not { } drop)
        {
            return;
        }

        RunStart start = await intake.HandleAsync(drop, context.CancellationToken);
        if (start.Outcome == RunStartOutcome.Created)
        {
            LogStarted(start.RunId, drop.Container, drop.Name);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Run {RunId} starts on {Container}/{Blob}.")]
    private partial void LogStarted(string runId, string container, string blob);
}
