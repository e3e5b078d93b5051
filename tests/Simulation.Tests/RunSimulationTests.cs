using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.Simulator.Faults;
using FineTune.Workflow.Contracts;

namespace FineTune.Simulation.Tests;

/// <summary>
/// What users are promised, checked on seeded histories of crashes and faults: a run ends; it makes one job, one model
/// version, one endpoint; it leaves nothing that bills.
/// </summary>
public sealed class RunSimulationTests
{
    private const int CrashSeeds = 8;
    private const int FaultSeeds = 8;

    private static readonly RunRequest Request = new()
    {
        Dataset = new DatasetRequest { Path = "chat.jsonl", SplitPercent = 100, TestPercent = 20 },
        DatasetName = "animals",
        Parameters = new Dictionary<string, JsonElement>
        {
            ["learning_rate"] = JsonSerializer.SerializeToElement(2e-5),
            ["num_train_epochs"] = JsonSerializer.SerializeToElement(3),
        },
    };

    public static TheoryData<int> Crashes => [.. Enumerable.Range(1, CrashSeeds)];

    public static TheoryData<int> Faults => [.. Enumerable.Range(1, FaultSeeds)];

    [Fact]
    public async Task A_run_trains_registers_serves_and_leaves_nothing()
    {
        await using World world = await new World().StartAsync();
        world.Storage.Drop("chat.jsonl", World.Conversations(60));

        await world.ScheduleAsync(Request);
        RunStatus status = (await world.WaitAsync())!;

        Assert.True(status.State == RunState.Completed, status.Failure?.ToString());
        Assert.Equal(3, status.Job!.Epochs.Count);
        Assert.True(status.Job.Epochs[^1].EvalLoss < status.Job.Epochs[0].EvalLoss);
        await AssertPromisesAsync(world);
    }

    [Theory]
    [MemberData(nameof(Crashes))]
    public async Task A_host_that_dies_again_and_again_loses_and_doubles_nothing(int seed)
    {
        var random = new Random(seed);
        await using World world = await new World().StartAsync();
        world.Storage.Drop("chat.jsonl", World.Conversations(40));
        await world.ScheduleAsync(Request);

        int deaths = 0;
        world.DieAfter(random.Next(1, 30), random.Next(2) == 0);
        RunStatus? status;
        while ((status = await world.WaitAsync()) is null)
        {
            deaths++;
            await world.RestartAfterDeathAsync(cloudToo: random.Next(4) == 0);
            world.DieAfter(random.Next(1, 40), random.Next(2) == 0);
        }

        Assert.True(status.State == RunState.Completed, status.Failure?.ToString());
        Assert.InRange(deaths, 5, 1000);
        await AssertPromisesAsync(world);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_cloud_that_stutters_delays_a_run_and_doubles_nothing(int seed)
    {
        var random = new Random(seed);
        FaultRule[] rules = [.. Enumerable.Range(0, 12).Select(_ => new FaultRule
        {
            Kind = random.Next(3) switch { 0 => FaultKind.Status, 1 => FaultKind.Drop, _ => FaultKind.DropAfterApply },
            StatusCode = random.Next(3) switch { 0 => 429, 1 => 500, _ => 503 },
            RetryAfterSeconds = random.Next(1, 30),
            Path = "^/(?!simulator)",
            Nth = random.Next(1, 110),
            Times = random.Next(1, 4),
        })];
        await using World world = await new World(new FaultPlan(rules)).StartAsync();
        world.Storage.Drop("chat.jsonl", World.Conversations(40));

        await world.ScheduleAsync(Request);
        RunStatus status = (await world.WaitAsync())!;

        Assert.True(status.State == RunState.Completed, status.Failure?.ToString());
        await AssertPromisesAsync(world);
    }

    public static TheoryData<FaultKind, string> Ends => new()
    {
        { FaultKind.ComputeProvisioningFails, "computes/" },
        { FaultKind.QuotaExceeded, "/deployments/" },
        { FaultKind.DeploymentFails, "/deployments/" },
        { FaultKind.JobStepFails, "jobs/" },
        { FaultKind.Preemption, "jobs/" },
        { FaultKind.StuckCreating, "/deployments/" },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_resource_that_goes_wrong_fails_the_run_with_a_reason_and_nothing_left(FaultKind kind, string path)
    {
        await using World world = await new World(new FaultPlan([new FaultRule { Kind = kind, Method = "PUT", Path = path }])).StartAsync();
        world.Storage.Drop("chat.jsonl", World.Conversations(40));

        await world.ScheduleAsync(Request);
        RunStatus status = (await world.WaitAsync())!;

        Assert.Equal(RunState.Failed, status.State);
        Assert.NotEqual("UnforeseenError", status.Failure!.Code);
        Assert.NotEmpty(status.Failure.Message);
        await AssertNothingLeftAsync(world);
    }

    [Fact]
    public async Task A_deletion_that_gets_stuck_is_asked_for_again_until_the_endpoint_is_gone()
    {
        await using World world = await new World(new FaultPlan([new FaultRule { Kind = FaultKind.StuckDeleting, Method = "DELETE", Path = "onlineEndpoints/" }])).StartAsync();
        world.Storage.Drop("chat.jsonl", World.Conversations(40));

        await world.ScheduleAsync(Request);
        RunStatus status = (await world.WaitAsync())!;

        Assert.Equal(RunState.Completed, status.State);
        await AssertNothingLeftAsync(world);
    }

    private static async Task AssertPromisesAsync(World world)
    {
        JsonNode cloud = await world.CloudStateAsync();
        Assert.Single(cloud["jobs"]!.AsArray());
        Assert.Single(cloud["models"]!.AsArray());
        Assert.Single((await world.RequestsAsync("PUT", "/onlineEndpoints/")).Where(path => !path.Contains("/deployments/", StringComparison.Ordinal)).Distinct());
        Assert.Single((await world.RequestsAsync("PUT", "/jobs/")).Distinct());
        await AssertNothingLeftAsync(world);
    }

    private static async Task AssertNothingLeftAsync(World world)
    {
        JsonNode cloud = await world.CloudStateAsync();
        Assert.Empty(cloud["endpoints"]!.AsArray());
        Assert.All(cloud["jobs"]!.AsArray(), job => Assert.Contains((string)job!["status"]!, new[] { "Completed", "Failed", "Canceled" }));
    }
}
