using Azure.Storage.Blobs;
using FineTune.LocalHost.Configuration;
using FineTune.Storage;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using FineTune.Workflow.Runs;

namespace FineTune.LocalHost.Hosting;

/// <summary>Looks for dropped datasets and starts their runs.</summary>
internal sealed partial class DropsPart(IServiceProvider services, HostSettings settings, HostClock clock, ILogger<DropsPart> logger) : HostPart("drops")
{
    private static readonly TimeSpan AzuriteInterval = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan AccountInterval = TimeSpan.FromSeconds(10);
    private Task _watching = Task.CompletedTask;

    public static void AddTo(IServiceCollection services, RunRequest defaultRequest)
    {
        // What lies beside a dataset is waited for in real time, also where the runs' time goes faster.
        services.AddSingleton(provider => new DatasetIntakeOptions
        {
            DefaultRequest = defaultRequest,
            SettlingTime = provider.GetRequiredService<HostSettings>().Drops.SettlingTime * provider.GetRequiredService<HostClock>().Speed,
        });
        services.AddSingleton<DatasetIntake>();
        services.AddSingleton<HostPart, DropsPart>();
    }

    /// <inheritdoc/>
    public override Task<string> StartAsync(IProgress<string> progress, CancellationToken stopping)
    {
        TimeSpan interval = settings.Drops.Interval ?? (settings.Storage.UsesAzurite ? AzuriteInterval : AccountInterval);
        var watcher = new DroppedDatasetWatcher(
            services.GetRequiredService<BlobServiceClient>(),
            HandleAsync,
            services.GetRequiredService<ILogger<DroppedDatasetWatcher>>(),
            clock.Real,
            interval,
            settings.Storage.DatasetsContainer);
        _watching = watcher.RunAsync(stopping);
        return Task.FromResult($"{settings.Storage.DatasetsContainer}/{DroppedBlobs.Prefix} every {interval.TotalSeconds:0.##} s");
    }

    /// <inheritdoc/>
    public override Task StopAsync() => _watching;

    private async Task HandleAsync(DroppedDataset drop, CancellationToken cancellationToken)
    {
        RunStart start = await services.GetRequiredService<DatasetIntake>().HandleAsync(drop, cancellationToken);
        if (start.Outcome == RunStartOutcome.Created)
        {
            LogStarted(start.RunId, drop.Container, drop.Name);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Run {RunId} starts on {Container}/{Blob}.")]
    private partial void LogStarted(string runId, string container, string blob);
}
