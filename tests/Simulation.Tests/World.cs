using System.Text;
using System.Text.Json.Nodes;
using Azure.Core;
using FineTune.AzureMachineLearning;
using FineTune.Datasets;
using FineTune.Durable;
using FineTune.Durable.Embedded;
using FineTune.Durable.Embedded.Storage;
using FineTune.Simulator;
using FineTune.Simulator.Faults;
using FineTune.Workflow;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using Microsoft.AspNetCore.Builder;

namespace FineTune.Simulation.Tests;

/// <summary>
/// The real workflow, engine, Azure ML client, dataset preparation and simulated cloud, in virtual time; processes of it can
/// die at any moment and come back on the same files.
/// </summary>
internal sealed class World : IAsyncDisposable, IServiceProvider
{
    public const string RunId = "run-5eed5eed5eed5eed";
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 6, 0, 0, TimeSpan.Zero);

    // Each commit waits for the disk; where there is one in memory, these tests need not.
    private readonly string _directory = Directory.Exists("/dev/shm")
        ? Directory.CreateDirectory($"/dev/shm/simulation-{Guid.NewGuid():N}").FullName
        : Directory.CreateTempSubdirectory("simulation-").FullName;

    private readonly SkippingTimeProvider _time = new(Start);
    private readonly HttpClient _http = new();
    private readonly FaultPlan _faults;
    private WebApplication _cloud = null!;
    private DurableTaskEngine _engine = null!;
    private object[] _ports = [];
    private TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _cloudPort;
    private int _commitsLeft = int.MaxValue;
    private CommitPhase _dyingPhase;

    public World(FaultPlan? faults = null)
    {
        _faults = faults ?? FaultPlan.None;
        Storage = new DirectoryStorage(_directory);
    }

    public DirectoryStorage Storage { get; }

    public IOrchestrationClient Client => _engine.Client;

    public object? GetService(Type serviceType) => Array.Find(_ports, serviceType.IsInstanceOfType);

    public async Task<World> StartAsync()
    {
        await StartCloudAsync();
        await StartEngineAsync();
        return this;
    }

    /// <summary>Lets the host die at a commit to come.</summary>
    public void DieAfter(int commits, bool afterTheCommit)
    {
        _dyingPhase = afterTheCommit ? CommitPhase.AfterCommit : CommitPhase.BeforeCommit;
        Volatile.Write(ref _commitsLeft, commits);
    }

    /// <summary>Waits for the end of the run, or for the death of the host.</summary>
    /// <returns>The run's status; null when the host died.</returns>
    public async Task<RunStatus?> WaitAsync()
    {
        Task<OrchestrationMetadata> end = Client.WaitForInstanceCompletionAsync(RunId);
        if (await Task.WhenAny(end, _died.Task) != end)
        {
            _ = end.ContinueWith(task => task.Exception, TaskScheduler.Default);
            return null;
        }

        OrchestrationMetadata ended = await end;
        Assert.True(ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed, $"{ended.FailureDetails}");
        return System.Text.Json.JsonSerializer.Deserialize<RunStatus>(ended.CustomStatus!.Value, DurableJson.Options);
    }

    public async Task RestartAfterDeathAsync(bool cloudToo)
    {
        using IDisposable hold = _time.Hold();
        await _engine.AbandonAsync();
        await _engine.DisposeAsync();
        if (cloudToo)
        {
            await _cloud.DisposeAsync();
            await StartCloudAsync();
        }

        _died = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await StartEngineAsync();
    }

    public Task ScheduleAsync(RunRequest request) => Client.ScheduleNewOrchestrationInstanceAsync(
        FineTuneRun.Name, new RunInput { Request = request, RequestedBy = "simulation" }, RunId);

    public async Task<JsonNode> CloudStateAsync() =>
        JsonNode.Parse(await _http.GetStringAsync(new Uri(SimulatorApplication.BaseAddress(_cloud), "/simulator/state")))!;

    public async Task<IReadOnlyList<string>> RequestsAsync(string method, string pathPart)
    {
        JsonNode log = JsonNode.Parse(await _http.GetStringAsync(new Uri(SimulatorApplication.BaseAddress(_cloud), "/simulator/requests")))!;
        return [.. log["value"]!.AsArray()
            .Where(entry => (string?)entry!["method"] == method && ((string)entry["path"]!).Contains(pathPart, StringComparison.OrdinalIgnoreCase))
            .Select(entry => (string)entry!["path"]!)];
    }

    /// <summary>Conversations with a pattern that a small model learns.</summary>
    public static string Conversations(int rows)
    {
        string[] animals = ["otter", "heron", "badger", "falcon", "salmon"];
        string[] places = ["river", "marsh", "forest", "cliff", "sea"];
        var text = new StringBuilder();
        for (int row = 0; row < rows; row++)
        {
            string animal = animals[row % animals.Length];
            text.Append(null, $$"""{"prompt_id":"{{row}}","messages":[{"role":"user","content":"Where does the {{animal}} live? ({{row}})"},{"role":"assistant","content":"The {{animal}} lives near the {{places[row % places.Length]}}."}]}""").Append('\n');
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        await _cloud.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task StartCloudAsync()
    {
        var options = new SimulatorOptions
        {
            DataDirectory = Path.Combine(_directory, "cloud"),
            Port = _cloudPort,
            DatastoreBlobs = Storage,
            Faults = _faults,
            TrainingWait = TimeSpan.FromMinutes(2),
            FlushToDisk = false,
        };
        _cloud = SimulatorApplication.Build(options, _time);
        await _cloud.StartAsync();

        // Operations under way carry the cloud's address: it comes back at the same one.
        _cloudPort = SimulatorApplication.BaseAddress(_cloud).Port;

        var client = new AzureMachineLearningClient(
            new WorkspaceIdentifier(options.SubscriptionId, options.ResourceGroup, options.WorkspaceName),
            new AnyToken(),
            new AzureMachineLearningClientOptions
            {
                Cloud = AzureMachineLearningCloud.Loopback(SimulatorApplication.BaseAddress(_cloud)),
                TimeProvider = _time,
                Retry = { MaxRetries = 0 },
            });
        _ports =
        [
            client.Registry, client.Workspace, client.ComputeClusters, client.Jobs, client.Metrics, client.Models, client.OnlineEndpoints,
            client.Operations, Storage, new DatasetPreparation(_time),
        ];
    }

    private async Task StartEngineAsync()
    {
        Volatile.Write(ref _commitsLeft, int.MaxValue);
        _engine = new DurableTaskEngine(
            WorkflowTasks.AddTo(new DurableTaskRegistry()),
            this,
            new DurableTaskEngineOptions { DatabasePath = Path.Combine(_directory, "engine.db"), TimeProvider = _time, CommitHook = OnCommit });
        await _engine.StartAsync(CancellationToken.None);
    }

    private void OnCommit(CommitPhase phase)
    {
        if (phase == _dyingPhase && Interlocked.Decrement(ref _commitsLeft) <= 0)
        {
            _died.TrySetResult();
            throw new InvalidOperationException("The host died here.");
        }
    }

    private sealed class AnyToken : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new("simulation", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
