using System.Text.Json.Nodes;
using FineTune.Simulator.Faults;

namespace FineTune.Simulator.Tests;

public sealed class FaultTests
{
    private const string Endpoint = "onlineEndpoints/" + Flow.Endpoint;

    [Fact]
    public async Task Nth_request_is_refused_with_the_planned_status()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(
            new FaultRule { Kind = FaultKind.Status, Method = "GET", Path = "/computes$", Nth = 2, Times = 2, StatusCode = 429, RetryAfterSeconds = 7 });

        Answer[] answers = [await Computes(simulator), await Computes(simulator), await Computes(simulator), await Computes(simulator)];

        Assert.Equal([200, 429, 429, 200], answers.Select(answer => answer.Status));
        Assert.Equal("7", answers[1].Header("Retry-After"));
        Assert.Equal("TooManyRequests", answers[1].TextAt("error.code"));
    }

    [Fact]
    public async Task Rule_without_end_applies_to_all_further_requests()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = FaultKind.Status, Path = "/computes", Times = 0, StatusCode = 503 });

        Answer[] answers = [await Computes(simulator), await Computes(simulator), await Computes(simulator)];

        Assert.All(answers, answer => Assert.Equal(503, answer.Status));
    }

    [Fact]
    public async Task Dropped_request_is_not_carried_out()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = FaultKind.Drop, Method = "PUT", Path = "/onlineEndpoints/" });

        await Assert.ThrowsAsync<HttpRequestException>(() => simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint()));

        Assert.Equal(404, (await simulator.Get(simulator.Arm(Endpoint))).Status);
    }

    [Fact]
    public async Task Request_dropped_after_it_was_carried_out_can_be_repeated()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = FaultKind.DropAfterApply, Method = "PUT", Path = "/onlineEndpoints/" });

        await Assert.ThrowsAsync<HttpRequestException>(() => simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint()));
        Answer again = await simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint());

        Assert.Equal(200, again.Status);
        JsonArray log = (await simulator.Get("/simulator/requests")).At("value")!.AsArray();
        Assert.Equal([0, 200], log.Select(line => line!["status"]!.GetValue<int>()));
        Assert.Equal("DropAfterApply", log[0]!["fault"]!.GetValue<string>());
    }

    [Fact]
    public async Task Request_that_times_out_is_never_answered()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = FaultKind.Timeout, Method = "GET", Path = "/computes" });
        using CancellationTokenSource patience = new();
        Task<HttpResponseMessage> hanging = simulator.Http.GetAsync(new Uri(simulator.Arm("computes"), UriKind.Relative), patience.Token);

        Answer next = await simulator.Get(simulator.Arm("datastores"));
        await patience.CancelAsync();

        Assert.Equal(200, next.Status);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
    }

    [Fact]
    public async Task Fault_that_has_struck_does_not_strike_again_after_a_restart()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = FaultKind.Status, Path = "/computes" });
        Assert.Equal(500, (await Computes(simulator)).Status);

        await simulator.RestartAsync();

        Assert.Equal(200, (await Computes(simulator)).Status);
    }

    [Fact]
    public async Task Stuck_deletion_ends_when_it_is_asked_for_again()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = FaultKind.StuckDeleting, Method = "DELETE", Path = "/onlineEndpoints/" });
        await simulator.CreateEndpointAsync();
        await simulator.Delete(simulator.Arm(Endpoint));
        simulator.Advance(TimeSpan.FromDays(1));
        Answer stuck = await simulator.Get(simulator.Arm(Endpoint));

        await simulator.Delete(simulator.Arm(Endpoint));
        simulator.Advance(simulator.Durations.EndpointDelete);

        Assert.Equal("Deleting", stuck.TextAt("properties.provisioningState"));
        Assert.Equal(404, (await simulator.Get(simulator.Arm(Endpoint))).Status);
    }

    [Fact]
    public async Task Stuck_creation_stays_but_can_be_deleted()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = FaultKind.StuckCreating, Method = "PUT", Path = "/onlineEndpoints/" });
        await simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint());
        simulator.Advance(TimeSpan.FromDays(1));

        Answer stuck = await simulator.Get(simulator.Arm(Endpoint));
        Answer deleted = await simulator.Delete(simulator.Arm(Endpoint));

        Assert.Equal("Creating", stuck.TextAt("properties.provisioningState"));
        Assert.Equal(202, deleted.Status);
    }

    [Fact]
    public async Task Quota_is_refused_at_once()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = FaultKind.QuotaExceeded, Method = "PUT", Path = "/deployments/" });
        await simulator.TrainAsync();
        await simulator.RegisterAsync();
        await simulator.CreateEndpointAsync();

        Answer answer = await simulator.Put(simulator.Arm(Flow.Deployments), Bodies.Deployment(simulator.ModelId()));

        Assert.Equal((400, "OutOfQuota"), (answer.Status, answer.TextAt("error.code")));
        Assert.Equal(404, (await simulator.Get(simulator.Arm(Flow.Deployments))).Status);
    }

    [Fact]
    public async Task Plan_can_be_replaced_while_it_runs()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer put = await simulator.Put("/simulator/faults", Bodies.Parse("""{"rules":[{"kind":"Status","path":"/computes","statusCode":503}]}"""));
        int struck = (await Computes(simulator)).Status;
        Answer shown = await simulator.Get("/simulator/faults");

        Assert.Equal(200, put.Status);
        Assert.Equal(503, struck);
        Assert.Equal("Status", shown.TextAt("rules.0.kind"));
    }

    [Theory]
    [InlineData("""{"rules":[{"kind":"Earthquake"}]}""")]
    [InlineData("""{"rules":[{"kind":"Status","path":"("}]}""")]
    [InlineData("""{"rules":[{"kind":"Status","nth":0}]}""")]
    [InlineData("""{"rules":[{"kind":"Status","statusCode":200}]}""")]
    [InlineData("""{"rules":[{"kind":"Status","colour":"red"}]}""")]
    public async Task Plan_that_makes_no_sense_is_refused(string plan)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Assert.Equal(400, (await simulator.Put("/simulator/faults", Bodies.Parse(plan))).Status);
    }

    [Fact]
    public async Task Plan_cannot_be_replaced_without_permission()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { AllowFaultChanges = false });

        Assert.Equal(403, (await simulator.Put("/simulator/faults", Bodies.Parse("""{"rules":[]}"""))).Status);
    }

    private static Task<Answer> Computes(SimulatorFixture simulator) => simulator.Get(simulator.Arm("computes"));
}
