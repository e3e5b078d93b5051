using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using FineTune.Durable;
using FineTune.Durable.Embedded;
using FineTune.LocalHost.Client;
using FineTune.LocalHost.Configuration;
using FineTune.LocalHost.Hosting;
using FineTune.Simulator;
using FineTune.Tests.Shared;
using FineTune.Workflow.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace FineTune.EndToEnd.Tests;

/// <summary>
/// The host as <c>finetune serve</c> composes it, on free ports, with containers of its own in Azurite, and a clock that
/// jumps whenever nothing is under way.
/// </summary>
internal sealed class RunningHost : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 5, 4, 6, 0, 0, TimeSpan.Zero);
    private readonly string _folder;
    private readonly HostSettings _settings;
    private readonly HttpClient _http = new();
    private WebApplication? _application;

    private RunningHost(AzuriteFixture azurite)
    {
        _folder = Directory.CreateTempSubdirectory("finetune-e2e-").FullName;
        _settings = new HostSettings
        {
            Port = 0,
            Data = _folder,
            Storage = new StorageSettings
            {
                ConnectionString = azurite.Connection.ConnectionString,
                DatasetsContainer = AzuriteFixture.UniqueName("datasets"),
                RunsContainer = AzuriteFixture.UniqueName("runs"),
            },
            Simulator = new SimulatorSettings { Port = 0, TrainingWait = TimeSpan.FromMinutes(2) },
            Drops = new DropSettings { Interval = TimeSpan.FromMilliseconds(100), SettlingTime = TimeSpan.FromSeconds(2) },

            // Its timer would draw the clock on while the test has not asked for anything yet.
            Sweeper = new SweeperSettings { Interval = TimeSpan.Zero },
        };
        Datasets = azurite.Service.GetBlobContainerClient(_settings.Storage.DatasetsContainer);
    }

    public SkippingTimeProvider Time { get; } = new(Start);

    public BlobContainerClient Datasets { get; }

    public FineTuneClient Client { get; private set; } = null!;

    public IOrchestrationClient Engine => _application!.Services.GetRequiredService<IOrchestrationClient>();

    /// <summary>The simulated workspace.</summary>
    public Simulation Cloud => _application!.Services.GetRequiredService<WorkspacePart>().Simulation!;

    private Uri Simulator => _application!.Services.GetRequiredService<WorkspacePart>().SimulatorAddress!;

    public static async Task<RunningHost> StartAsync(AzuriteFixture azurite)
    {
        var host = new RunningHost(azurite);
        await host.Datasets.CreateIfNotExistsAsync();
        await host.StartAsync();
        return host;
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Drops a blob.</summary>
    /// <returns>The id that a run on it has.</returns>
    public async Task<string> DropAsync(string name, BinaryData content)
    {
        Azure.Response<Azure.Storage.Blobs.Models.BlobContentInfo> blob = await Datasets.GetBlobClient(name).UploadAsync(content, overwrite: true);
        return Workflow.Rules.RunIds.ForDrop(new DroppedDataset(Datasets.Name, name, blob.Value.ETag.ToString()));
    }

    /// <summary>Follows a run to its end, as <c>finetune watch</c> does.</summary>
    public async Task<RunStatus> FollowAsync(string runId)
    {
        RunStatus? last = null;
        await foreach (RunStatus run in new RunFollower(Client, TimeProvider.System).FollowAsync(runId, isExpected: true))
        {
            last = run;
        }

        return last!;
    }

    /// <summary>Reads a record over HTTP.</summary>
    public async Task<JsonNode> RecordAsync(string runId, string name) =>
        JsonNode.Parse((await Client.FindRecordAsync(runId, name, CancellationToken.None))!)!;

    /// <summary>What the simulated cloud holds.</summary>
    public Task<CloudState> CloudAsync() => CloudState.ReadAsync(_http, Simulator);

    /// <summary>When the simulated cloud's only job ended.</summary>
    public async Task<DateTimeOffset> JobEndedAsync() =>
        (DateTimeOffset)JsonNode.Parse(await _http.GetStringAsync(new Uri(Simulator, "/simulator/state")))!["jobs"]![0]!["endTime"]!;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public static BinaryData Sample(string name) => BinaryData.FromBytes(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "samples", name)));

    /// <summary>A request that uses all rows; what else it says is laid over.</summary>
    public static string Request(string? path = null, string timeToLive = "PT30M")
    {
        var request = new JsonObject
        {
            ["dataset"] = new JsonObject { ["splitPercent"] = 100 },
            ["parameters"] = new JsonObject { ["num_train_epochs"] = 2, ["learning_rate"] = 3e-5 },
            ["timeToLive"] = timeToLive,
        };
        if (path is not null)
        {
            request["dataset"]!["path"] = path;
        }

        return request.ToJsonString();
    }

    private async Task StartAsync()
    {
        _application = LocalServer.Build(_settings, Time);
        await _application.StartAsync();
        Client = new FineTuneClient(LocalServer.Address(_application));
        await _application.Services.GetRequiredService<HostLifetime>().Started;
    }

    private async Task StopAsync()
    {
        Client.Dispose();
        await _application!.StopAsync();
        await _application.DisposeAsync();
    }
}
