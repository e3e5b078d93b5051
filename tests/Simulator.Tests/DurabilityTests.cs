using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

public sealed class DurabilityTests
{
    /// <summary>How far the work of a job has got.</summary>
    public enum Moment
    {
        DataSetsBeingRead,
        Training,
        AllComputed,
    }

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

    [Theory]
    [InlineData(Moment.DataSetsBeingRead)]
    [InlineData(Moment.Training)]
    [InlineData(Moment.AllComputed)]
    public async Task Job_that_was_cut_off_ends_as_if_it_had_not_been(Moment cutAt)
    {
        (JsonNode job, byte[] model) whole = await LookedAtAsync(cutAt: null);
        (JsonNode job, byte[] model) cut = await LookedAtAsync(cutAt);

        Assert.Equal("Completed", cut.job["status"]!.GetValue<string>());
        Assert.Equal(Times(whole.job), Times(cut.job));
        Assert.Equal(whole.model, cut.model);

        static IEnumerable<string> Times(JsonNode job) =>
            job["steps"]!.AsArray().Append(job).Select(run => $"{run!["name"]} {run["startTime"]} {run["endTime"]}");
    }

    /// <summary>
    /// A job that is looked at while its data sets are held up, and again while its training is, each later than the step was planned to end. The
    /// simulator may be cut off at one of the moments; the time that passes there is the same if it is not.
    /// </summary>
    private static async Task<(JsonNode Job, byte[] Model)> LookedAtAsync(Moment? cutAt)
    {
        HeldBlobs? blobs = null;
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with
        {
            TrainingWait = TimeSpan.Zero,
            DatastoreBlobs = blobs = new HeldBlobs(options.DatastoreBlobs!),
        });
        using ManualResetEventSlim goOn = new();
        TaskCompletionSource training = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await simulator.SubmitAsync();
        simulator.Advance(TimeSpan.FromMinutes(20));
        DateTimeOffset sawReading = simulator.Time.GetUtcNow();
        Assert.Equal("Running", await simulator.StatusAsync());
        await blobs!.Asked;
        await PassAsync(Moment.DataSetsBeingRead, TimeSpan.FromMinutes(10));

        simulator.Simulation.Computation.Measured = cancellationToken =>
        {
            training.TrySetResult();
            goOn.Wait(cancellationToken);
        };
        blobs.Release();
        await training.Task;
        simulator.Advance(TimeSpan.FromHours(1));
        DateTimeOffset sawTraining = simulator.Time.GetUtcNow();
        Assert.Equal("Running", await simulator.StatusAsync());
        await PassAsync(Moment.Training, TimeSpan.FromHours(2));

        goOn.Set();
        await simulator.Simulation.WhenIdleAsync();
        await PassAsync(Moment.AllComputed, TimeSpan.FromHours(2));
        JsonNode job = (await simulator.Get("/simulator/state")).At("jobs.0")!;

        Assert.True(job["steps"]![0]!["endTime"]!.GetValue<DateTimeOffset>() > sawReading);
        Assert.True(job["steps"]![3]!["endTime"]!.GetValue<DateTimeOffset>() > sawTraining);
        return (job, await File.ReadAllBytesAsync(Path.Combine(simulator.DataDirectory, "jobs", "JOB-1", "model.bin")));

        async Task PassAsync(Moment moment, TimeSpan time)
        {
            if (moment == cutAt)
            {
                await simulator.RestartAsync(downTime: time);
            }
            else
            {
                simulator.Advance(time);
            }
        }
    }

    [Fact]
    public async Task Step_that_was_seen_running_does_not_end_before_that()
    {
        HeldBlobs? blobs = null;
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with
        {
            TrainingWait = TimeSpan.Zero,
            DatastoreBlobs = blobs = new HeldBlobs(options.DatastoreBlobs!),
        });
        await simulator.SubmitAsync();
        simulator.Advance(TimeSpan.FromHours(3));
        DateTimeOffset seen = simulator.Time.GetUtcNow();

        string first = await simulator.StatusAsync();
        blobs!.Release();
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
