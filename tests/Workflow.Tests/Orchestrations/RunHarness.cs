using System.Text.Json;
using FineTune.Durable;
using FineTune.Durable.Embedded;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;

namespace FineTune.Workflow.Tests.Orchestrations;

/// <summary>The whole workflow on the embedded engine, in virtual time, against <see cref="InMemoryAzure"/>.</summary>
internal sealed class RunHarness : IAsyncDisposable
{
    public const string RunId = "run-0123456789abcdef";
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    // Each commit waits for the disk; where there is one in memory, these tests need not.
    private readonly string _directory = Directory.Exists("/dev/shm")
        ? Directory.CreateDirectory($"/dev/shm/workflow-{Guid.NewGuid():N}").FullName
        : Directory.CreateTempSubdirectory("workflow-").FullName;

    private readonly DurableTaskEngine _engine;

    private RunHarness(Func<DurableTaskRegistry, DurableTaskRegistry>? change)
    {
        Azure = new InMemoryAzure(Time);
        DurableTaskRegistry registry = WorkflowTasks.AddTo(new DurableTaskRegistry());
        _engine = new DurableTaskEngine(
            change?.Invoke(registry) ?? registry,
            Azure,
            new DurableTaskEngineOptions { DatabasePath = Path.Combine(_directory, "engine.db"), TimeProvider = Time });
    }

    public SkippingTimeProvider Time { get; } = new(Start);

    public InMemoryAzure Azure { get; }

    public IOrchestrationClient Client => _engine.Client;

    public static RunRequest Request { get; } = new()
    {
        Dataset = new DatasetRequest { Path = "shared/ultrachat.jsonl", SplitPercent = 100 },
        DatasetName = "ultrachat",
    };

    public static async Task<RunHarness> StartAsync(Func<DurableTaskRegistry, DurableTaskRegistry>? change = null)
    {
        var harness = new RunHarness(change);
        await harness._engine.StartAsync(CancellationToken.None);
        return harness;
    }

    public string ExportHistory(string instanceId) => _engine.ExportHistory(instanceId);

    public Task RaiseAsync<T>(string eventName, T payload) => Client.RaiseEventAsync(RunId, eventName, payload);

    /// <summary>Raises an event at a moment of virtual time, counted from the start.</summary>
    public async Task RaiseAtAsync<T>(TimeSpan after, string eventName, T payload)
    {
        using IDisposable hold = await Time.HoldAtAsync(Start + after);
        await RaiseAsync(eventName, payload);
    }

    public Task ScheduleAsync(RunRequest? request = null, DroppedDataset? drop = null) => Client.ScheduleNewOrchestrationInstanceAsync(
        FineTuneRun.Name,
        new RunInput { Request = request ?? Request, Drop = drop, SettlingTime = TimeSpan.FromSeconds(2), RequestedBy = "ada" },
        RunId);

    public async Task<RunStatus> RunToEndAsync(RunRequest? request = null, DroppedDataset? drop = null)
    {
        await ScheduleAsync(request, drop);
        return await EndAsync();
    }

    public async Task<RunStatus> EndAsync()
    {
        OrchestrationMetadata ended = await Client.WaitForInstanceCompletionAsync(RunId);
        Assert.True(ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed, $"{ended.FailureDetails}");
        return ended.CustomStatus!.Value.Deserialize<RunStatus>(DurableJson.Options)!;
    }

    public void AssertNothingLeft()
    {
        Assert.Equal(0, Azure.ActiveJobs);
        Assert.Equal(0, Azure.LiveEndpoints);
    }

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
