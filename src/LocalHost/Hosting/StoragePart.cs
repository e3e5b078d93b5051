using Azure.Core;
using Azure.Storage.Blobs;
using FineTune.Api;
using FineTune.LocalHost.Azurite;
using FineTune.LocalHost.Configuration;
using FineTune.Storage;
using FineTune.Workflow.Ports;

namespace FineTune.LocalHost.Hosting;

/// <summary>Blob storage: a real account, or Azurite as a child of this process.</summary>
internal sealed class StoragePart(HostSettings settings, Lazy<TokenCredential> credential) : HostPart(HostParts.Storage)
{
    private readonly TaskCompletionSource<string> _death = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private BlobServiceClient? _client;
    private AzuriteProcess? _azurite;

    /// <summary>The account.</summary>
    public BlobServiceClient Client => _client ?? throw new InvalidOperationException("Storage is not up yet.");

    /// <summary>How the simulator opens the account; null when it is opened by identity.</summary>
    public string? ConnectionString => _azurite?.Connection.ConnectionString ?? settings.Storage.ConnectionString;

    /// <inheritdoc/>
    public override Task<string> Death => _death.Task;

    public static void AddTo(IServiceCollection services)
    {
        services.AddSingleton<StoragePart>().AddSingleton<HostPart>(provider => provider.GetRequiredService<StoragePart>());
        services.AddSingleton(provider => provider.GetRequiredService<StoragePart>().Client);
        services.AddSingleton<IDatasetSource>(provider => new BlobDatasetSource(
            provider.GetRequiredService<BlobServiceClient>(), provider.GetRequiredService<HostSettings>().Storage.DatasetsContainer));
        services.AddSingleton<IRunRecords>(provider => new BlobRunRecords(
            provider.GetRequiredService<BlobServiceClient>(), provider.GetRequiredService<HostSettings>().Storage.RunsContainer));
    }

    /// <inheritdoc/>
    public override async Task<string> StartAsync(IProgress<string> progress, CancellationToken stopping)
    {
        StorageSettings storage = settings.Storage;
        if (storage.ServiceUri is { } address)
        {
            _client = new BlobServiceClient(address, credential.Value);
        }
        else if (storage.ConnectionString is not null)
        {
            _client = new BlobServiceClient(storage.ConnectionString);
        }
        else
        {
            var options = new AzuriteOptions
            {
                Location = storage.AzuriteInMemory ? null : Path.Combine(settings.Data, "azurite"),
                Port = storage.AzuritePort,
            };
            _azurite = await AzuriteProcess.StartAsync(options, progress, stopping);
            _client = new BlobServiceClient(_azurite.Connection.ConnectionString);
            _ = WatchAsync(_azurite);
        }

        return $"{(storage.UsesAzurite ? "Azurite" : "account")} at {_client.Uri}";
    }

    /// <inheritdoc/>
    public override Task StopAsync() => _azurite?.DisposeAsync().AsTask() ?? Task.CompletedTask;

    private async Task WatchAsync(AzuriteProcess azurite)
    {
        if (await azurite.Completion is { } end)
        {
            _death.TrySetResult(end);
        }
    }
}
