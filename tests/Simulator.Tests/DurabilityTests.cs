using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

public sealed class DurabilityTests
{
    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();
        await simulator.SetTrafficAsync("""{"blue":100}""");
        Answer state = await simulator.Get("/simulator/state");
        string key = await simulator.KeyAsync();
        Answer before = await simulator.ScoreAsync(key);

        await simulator.RestartAsync();

        Assert.True(JsonNode.DeepEquals(state.Json, (await simulator.Get("/simulator/state")).Json));
        Assert.Equal(before.Text, (await simulator.ScoreAsync(key)).Text);
    }

    [Fact]
    public async Task Cloud_goes_on_while_nobody_is_there()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        await simulator.Put(simulator.Arm("onlineEndpoints/" + Flow.Endpoint), Bodies.Endpoint());

        await simulator.RestartAsync(downTime: TimeSpan.FromHours(2));

        Assert.Equal("Completed", await simulator.StatusAsync());
        Assert.Equal("Succeeded", (await simulator.Get(simulator.Arm("onlineEndpoints/" + Flow.Endpoint))).TextAt("properties.provisioningState"));
    }

    [Fact]
    public async Task Training_that_was_cut_off_ends_as_if_it_had_not_been()
    {
        await using SimulatorFixture whole = await SimulatorFixture.StartAsync();
        await whole.TrainAsync();
        await using SimulatorFixture cut = await SimulatorFixture.StartAsync(options => options with { TrainingWait = TimeSpan.Zero });
        await cut.SubmitAsync(rows: 24);
        cut.Advance(TimeSpan.FromMinutes(20));

        // The first look starts the work; ending the simulator right away cuts it off, wherever it is.
        await cut.StatusAsync();
        await cut.RestartAsync(downTime: TimeSpan.FromHours(2));
        await cut.Simulation.WhenIdleAsync();

        Assert.Equal("Completed", await cut.StatusAsync());
        Assert.Equal((await whole.Get("/simulator/state")).At("jobs.0.endTime")!.GetValue<string>(), (await cut.Get("/simulator/state")).At("jobs.0.endTime")!.GetValue<string>());
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(whole.DataDirectory, "jobs", "JOB-1", "model.bin")),
            await File.ReadAllBytesAsync(Path.Combine(cut.DataDirectory, "jobs", "JOB-1", "model.bin")));
    }

    [Fact]
    public async Task Step_that_was_seen_running_does_not_end_before_that()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { TrainingWait = TimeSpan.Zero });
        await simulator.SubmitAsync();
        simulator.Advance(TimeSpan.FromHours(3));
        DateTimeOffset seen = simulator.Time.GetUtcNow();

        // Nothing was computed before this look, so whatever the machine's speed the job is not done here.
        string first = await simulator.StatusAsync();
        await simulator.Simulation.WhenIdleAsync();
        simulator.Advance(TimeSpan.FromHours(1));
        JsonNode job = (await simulator.Get("/simulator/state")).At("jobs.0")!;

        Assert.Equal("Running", first);
        Assert.Equal("Completed", job["status"]!.GetValue<string>());
        Assert.True(job["endTime"]!.GetValue<DateTimeOffset>() > seen);
    }

    [Fact]
    public async Task Change_cut_off_in_the_middle_is_as_if_it_had_never_been()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateClusterAsync("first");
        await simulator.CreateClusterAsync("second");
        await simulator.StopAsync();
        string journal = Path.Combine(simulator.DataDirectory, "journal.jsonl");
        using (FileStream file = File.Open(journal, FileMode.Open))
        {
            file.SetLength(file.Length - 10);
        }

        await simulator.OpenAsync();
        await simulator.CreateClusterAsync("third");
        await simulator.RestartAsync();

        Assert.Equal(["first", "third"], (await simulator.Get(simulator.Arm("computes"))).At("value")!.AsArray().Select(item => item!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Long_journal_is_written_anew_and_loses_nothing()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateClusterAsync();
        JsonObject data = Bodies.Parse("""{"properties":{"dataType":"uri_file","dataUri":"azureml://datastores/a/paths/b"}}""");
        data["properties"]!["description"] = new string('x', 2000);
        for (int i = 0; i < 150; i++)
        {
            await simulator.Put(simulator.Arm("data/rows/versions/1"), data);
        }

        long before = new FileInfo(Path.Combine(simulator.DataDirectory, "journal.jsonl")).Length;
        await simulator.RestartAsync();
        long after = new FileInfo(Path.Combine(simulator.DataDirectory, "journal.jsonl")).Length;

        Assert.True(after < before / 10, $"{before} -> {after}");
        Assert.Equal(200, (await simulator.Get(simulator.Arm("data/rows/versions/1"))).Status);
        Assert.Equal(200, (await simulator.Get(simulator.Arm("computes/" + Bodies.Cluster))).Status);
    }

    [Fact]
    public async Task Data_directory_belongs_to_one_simulator_at_a_time()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Assert.Throws<IOException>(() => SimulatorApplication.Build(new SimulatorOptions { DataDirectory = simulator.DataDirectory }, simulator.Time));
    }

    [Fact]
    public async Task Job_cancelled_before_its_training_costs_no_work()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        await simulator.Post(simulator.Arm($"jobs/{Flow.Job}/cancel"));
        simulator.Advance(TimeSpan.FromHours(2));

        Assert.Equal("Canceled", await simulator.StatusAsync());
        Assert.Equal(0, (await simulator.Get("/simulator/state")).At("pendingComputations")!.GetValue<int>());
        Assert.False(Directory.Exists(Path.Combine(simulator.DataDirectory, "jobs")));
    }
}
