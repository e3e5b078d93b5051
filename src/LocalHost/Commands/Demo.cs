using System.Globalization;
using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using FineTune.Durable;
using FineTune.LocalHost.Client;
using FineTune.LocalHost.Configuration;
using FineTune.LocalHost.Hosting;
using FineTune.LocalHost.Output;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.LocalHost.Commands;

/// <summary>One run on a host of its own, told step by step.</summary>
/// <param name="context">Where it is told.</param>
/// <param name="settings">The host's settings.</param>
/// <param name="dataset">The dataset's file.</param>
/// <param name="reportFolder">Where the run's records are copied to.</param>
/// <param name="verbose">Whether the host logs what goes on.</param>
internal sealed class Demo(CommandContext context, HostSettings settings, string dataset, string reportFolder, bool verbose)
{
    /// <summary>
    /// The run's own request: all rows, a short time to live, greedy answers, and a few epochs at a rate that suits the
    /// simulator's small model.
    /// </summary>
    private const string Request = """
        {
          "dataset": { "splitPercent": 100 },
          "parameters": { "num_train_epochs": 4, "learning_rate": 3e-5, "per_device_train_batch_size": 4 },
          "smokeTest": { "rows": 2, "doSample": false, "maxNewTokens": 60 },
          "timeToLive": "PT10M"
        }
        """;

    private static readonly TimeSpan CancelPatience = TimeSpan.FromSeconds(20);
    private static readonly string[] Records =
        [RunRecordNames.ReportPage, RunRecordNames.Report, RunRecordNames.DatasetReport, RunRecordNames.DatasetReportPage, RunRecordNames.Metrics, RunRecordNames.SmokeTest];

    private readonly Screen _screen = context.Screen;
    private readonly RunPrinter _printer = new(context.Screen);
    private bool _smokeTestShown;

    /// <summary>The sample that comes with the program.</summary>
    public static string SampleDataset => Path.Combine(AppContext.BaseDirectory, "samples", "support-chat.parquet");

    /// <summary>Runs the demo to its end.</summary>
    /// <param name="keepReports">Whether the run's records stay on disk.</param>
    /// <param name="cancellationToken">Cancels the run and waits until nothing of it is left.</param>
    /// <returns>Success when the run is Completed with nothing left behind.</returns>
    public async Task<int> RunAsync(bool keepReports, CancellationToken cancellationToken)
    {
        long started = context.Time.GetTimestamp();
        _screen.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"A whole fine-tune on this machine: storage emulator, simulated Azure ML workspace, workflow. Its clock goes {settings.Speed} times as fast as yours."));
        _screen.Gap();
        await using WebApplication application = ServeCommand.Build(settings, verbose);
        HostLifetime lifetime = application.Services.GetRequiredService<HostLifetime>();
        lifetime.OnChanged = part => ServeCommand.Show(_screen, part);
        await ServeCommand.StartAsync(application, settings, cancellationToken);
        try
        {
            await WaitUntilStartedAsync(lifetime, cancellationToken);
            using var client = new FineTuneClient(LocalServer.Address(application));
            string runId = await DropAsync(application.Services.GetRequiredService<BlobServiceClient>(), cancellationToken);
            RunStatus run = await FollowAsync(client, runId, cancellationToken);
            await TellEndAsync(client, run);
            if (keepReports)
            {
                await SaveRecordsAsync(client, runId);
            }

            int left = await CountLeftoversAsync(application.Services.GetRequiredService<WorkspacePart>().SimulatorAddress!);
            _screen.WriteLabelled("Took", string.Create(
                CultureInfo.InvariantCulture,
                $"{context.Time.GetElapsedTime(started).TotalSeconds:0} s here, {RunPrinter.Elapsed(run.UpdatedAt - run.StartedAt)} by the cloud's clock"), null, RunPrinter.Indent);
            return run.State == RunState.Completed && left == 0 ? ExitCode.Success : ExitCode.Failure;
        }
        finally
        {
            await application.StopAsync(CancellationToken.None);
        }
    }

    private static async Task WaitUntilStartedAsync(HostLifetime lifetime, CancellationToken cancellationToken)
    {
        await lifetime.Started.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        if (lifetime.Failure is { } failure)
        {
            throw new CommandFailedException(failure);
        }
    }

    /// <summary>Drops the request, then the dataset, as a person or a pipeline would.</summary>
    private async Task<string> DropAsync(BlobServiceClient service, CancellationToken cancellationToken)
    {
        BlobContainerClient container = service.GetBlobContainerClient(settings.Storage.DatasetsContainer);
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        string name = DroppedBlobs.Prefix + Path.GetFileName(dataset);
        await container.GetBlobClient(DroppedBlobs.RequestNames(name)[0])
            .UploadAsync(BinaryData.FromString(Request), overwrite: true, cancellationToken);
        await using FileStream content = File.OpenRead(dataset);
        BlobContentInfo blob = await container.GetBlobClient(name).UploadAsync(content, overwrite: true, cancellationToken);
        _screen.Gap();
        _screen.Write($"Dropped {container.Name}/{name} ({ByteText.Of(content.Length)}) with a run.json beside it.", Screen.Strong);
        _screen.Gap();
        return RunIds.ForDrop(new DroppedDataset(container.Name, name, blob.ETag.ToString()));
    }

    private async Task<RunStatus> FollowAsync(FineTuneClient client, string runId, CancellationToken cancellationToken)
    {
        try
        {
            return await FollowToEndAsync(client, runId, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _screen.Write("Canceling the run, so that nothing of it is left ...", Screen.Notice);
            using var patience = new CancellationTokenSource(CancelPatience, context.Time);
            await client.CancelAsync(runId, "Ctrl+C", patience.Token);
            return await FollowToEndAsync(client, runId, patience.Token);
        }
    }

    private async Task<RunStatus> FollowToEndAsync(FineTuneClient client, string runId, CancellationToken cancellationToken)
    {
        RunStatus? last = null;
        await foreach (RunStatus run in new RunFollower(client, context.Time).FollowAsync(runId, isExpected: true, cancellationToken))
        {
            last = run;
            _printer.Print(run);
            if (run.SmokeTest is not null && !_smokeTestShown)
            {
                _smokeTestShown = true;
                await TellSmokeTestAsync(client, runId, cancellationToken);
            }
        }

        return last!;
    }

    private async Task TellSmokeTestAsync(FineTuneClient client, string runId, CancellationToken cancellationToken)
    {
        if (await client.FindRecordAsync(runId, RunRecordNames.SmokeTest, cancellationToken) is not { } record)
        {
            return;
        }

        foreach (SmokeTestAnswer answer in JsonSerializer.Deserialize<SmokeTestAnswer[]>(record, DurableJson.Options)!)
        {
            _screen.WriteLabelled("  Question", Short(answer.Question), null, RunPrinter.Indent);
            _screen.WriteLabelled("  Expected", Short(answer.Expected), Screen.Quiet, RunPrinter.Indent);
            _screen.WriteLabelled("  Answer", Short(answer.Answer), Screen.Good, RunPrinter.Indent);
        }
    }

    private async Task TellEndAsync(FineTuneClient client, RunStatus run)
    {
        _screen.Gap();
        if (run.Failure is { } failure)
        {
            _screen.PrintFailure(failure);
            if (run.Findings.Count > 0)
            {
                byte[]? report = await client.FindRecordAsync(run.RunId, RunRecordNames.DatasetReport, CancellationToken.None);
                DatasetReport? read = report is null ? null : JsonSerializer.Deserialize<DatasetReport>(report, DurableJson.Options);
                _screen.Gap();
                _screen.PrintFindings(read?.Findings ?? run.Findings, read?.FindingCounts.Values.Sum() ?? run.Findings.Count);
            }

            _screen.Gap();
        }

        foreach ((string label, string? text) in (ReadOnlySpan<(string, string?)>)
        [
            ("Run", $"{run.RunId}: {run.State}"),
            ("Job", run.Job?.Job is { } job ? $"{job.Name}: {job.Status}" : null),
            ("Model", run.Model is { } model ? $"{model.Name}, version {model.Version}" : null),
            ("Endpoint", run.Endpoint is { } endpoint ? $"{endpoint.Name}: {(endpoint.Deleted ? "deleted after its time to live" : "still there")}" : null),
        ])
        {
            if (text is not null)
            {
                _screen.WriteLabelled(label, text, null, RunPrinter.Indent);
            }
        }
    }

    private async Task SaveRecordsAsync(FineTuneClient client, string runId)
    {
        Directory.CreateDirectory(reportFolder);
        foreach (string name in Records)
        {
            if (await client.FindRecordAsync(runId, name, CancellationToken.None) is { } record)
            {
                await File.WriteAllBytesAsync(Path.Combine(reportFolder, name), record, CancellationToken.None);
            }
        }

        string page = Path.Combine(reportFolder, RunRecordNames.ReportPage);
        _screen.WriteLabelled("Report", File.Exists(page) ? page : reportFolder, null, RunPrinter.Indent);
    }

    /// <summary>Asks the workspace itself what there still is of jobs and endpoints.</summary>
    private async Task<int> CountLeftoversAsync(Uri simulator)
    {
        using var http = new HttpClient();
        await using Stream state = await http.GetStreamAsync(new Uri(simulator, "/simulator/state"));
        using JsonDocument workspace = await JsonDocument.ParseAsync(state);
        int jobs = workspace.RootElement.GetProperty("jobs").EnumerateArray()
            .Count(job => job.GetProperty("status").GetString() is not ("Completed" or "Failed" or "Canceled"));
        int endpoints = workspace.RootElement.GetProperty("endpoints").GetArrayLength();
        int left = jobs + endpoints;
        _screen.WriteLabelled(
            "Left", $"{left} resources left: the workspace says {jobs} jobs running, {endpoints} endpoints", left == 0 ? Screen.Good : Screen.Bad, RunPrinter.Indent);
        return left;
    }

    private static string Short(string text)
    {
        const int Max = 280;
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= Max ? line : string.Concat(line.AsSpan(0, Max), "…");
    }
}
