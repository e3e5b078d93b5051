using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

public sealed class EventTests
{
    [Fact]
    public async Task Every_change_of_a_job_and_of_its_steps_is_told_once_in_order_and_with_its_time()
    {
        await using Webhook webhook = await Webhook.StartAsync();
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { EventsWebhook = webhook.Address });
        await simulator.SubmitAsync();
        await simulator.Simulation.PublishEventsAsync();
        simulator.Advance(TimeSpan.FromHours(2));
        Assert.Equal("Completed", await simulator.StatusAsync());

        await simulator.Simulation.PublishEventsAsync();
        await simulator.Simulation.PublishEventsAsync();

        List<JsonObject> changes = webhook.Events("Microsoft.MachineLearningServices.RunStatusChanged");
        Assert.Equal(["Preparing", "Running", "Finalizing", "Completed"], Statuses(changes, "job-1"));
        string[] runs = [.. changes.Select(change => change["data"]!["runId"]!.GetValue<string>()).Distinct()];
        Assert.Equal(7, runs.Length);
        ILookup<string, string> stories = runs.Where(run => run != "job-1").ToLookup(run => string.Join(' ', Statuses(changes, run)), StringComparer.Ordinal);
        Assert.Equal(5, stories["Queued Preparing Running Finalizing Completed"].Count());
        Assert.Single(stories["Running Finalizing Completed"]);
        string[] times = [.. changes.Select(change => change["eventTime"]!.GetValue<string>())];
        Assert.Equal(times.Order(StringComparer.Ordinal), times);
        Assert.Equal("Completed job-1", $"{changes[^1]["data"]!["runStatus"]} {changes[^1]["data"]!["runId"]}");
        Assert.Equal(7, webhook.Events("Microsoft.MachineLearningServices.RunCompleted").Count);
        Assert.Equal(changes.Count, changes.Select(change => change["id"]!.GetValue<string>()).Distinct().Count());
    }

    [Fact]
    public async Task Event_has_Event_Grids_shape_after_its_handshake()
    {
        await using Webhook webhook = await Webhook.StartAsync();
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { EventsWebhook = webhook.Address });
        await simulator.SubmitAsync();

        await simulator.Simulation.PublishEventsAsync();

        JsonObject validation = webhook.Received[0].Event;
        Assert.Equal("SubscriptionValidation", webhook.Received[0].Kind);
        Assert.Equal("Microsoft.EventGrid.SubscriptionValidationEvent", validation["eventType"]!.GetValue<string>());
        Assert.Equal("Notification", webhook.Received[1].Kind);
        JsonObject told = webhook.Received[1].Event;
        Assert.Equal(["data", "dataVersion", "eventTime", "eventType", "id", "metadataVersion", "subject", "topic"], told.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal(simulator.Workspace, told["topic"]!.GetValue<string>());
        Assert.Matches("^experiments/[0-9a-f-]{36}/runs/job-1$", told["subject"]!.GetValue<string>());
        JsonObject data = told["data"]!.AsObject();
        Assert.Equal(
            ["experimentId", "experimentName", "runId", "runProperties", "runStatus", "runTags", "runType"], data.Select(member => member.Key).Order(StringComparer.Ordinal));
        Assert.Equal("chat_completion_phi", data["experimentName"]!.GetValue<string>());
        Assert.Equal("r1", data["runTags"]!["run"]!.GetValue<string>());
    }

    [Fact]
    public async Task Failure_and_cancellation_are_told()
    {
        await using Webhook webhook = await Webhook.StartAsync();
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { EventsWebhook = webhook.Address });
        await simulator.SubmitAsync();
        // A job that is canceled in the instant of its submission has never been in preparation, unless an event told so in between.
        simulator.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(202, (await simulator.Post(simulator.Arm("jobs/job-1/cancel"))).Status);
        simulator.Advance(simulator.Durations.JobCancel);
        Assert.Equal(201, (await simulator.Put(simulator.Arm("jobs/job-2"), Bodies.Job().Input("huggingface_id", "two/models"))).Status);
        simulator.Advance(TimeSpan.FromHours(1));
        Assert.Equal("Failed", await simulator.StatusAsync("job-2"));

        await simulator.Simulation.PublishEventsAsync();

        List<JsonObject> changes = webhook.Events("Microsoft.MachineLearningServices.RunStatusChanged");
        Assert.Equal(["Preparing", "CancelRequested", "Canceled"], Statuses(changes, "job-1"));
        Assert.Equal(["Preparing", "Running", "Failed"], Statuses(changes, "job-2"));
    }

    [Fact]
    public async Task Refused_event_is_sent_again_a_few_times_and_then_given_up()
    {
        await using Webhook webhook = await Webhook.StartAsync(answer: (kind, count) => kind == "Notification" && count <= 5 ? 500 : 200);
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with
        {
            EventsWebhook = webhook.Address,
            EventRetryDelays = [TimeSpan.Zero, TimeSpan.Zero],
        });
        await simulator.SubmitAsync();
        await simulator.Simulation.PublishEventsAsync();
        Assert.Equal(["0", "1", "2"], webhook.Received.Where(delivery => delivery.Kind == "Notification").Select(delivery => delivery.Count));

        simulator.Advance(simulator.Durations.JobPrepare);
        await simulator.Simulation.PublishEventsAsync();

        // Two of three tries of the next one fail too.
        Assert.Equal("job-1", webhook.Received[^1].Event["data"]!["runId"]!.GetValue<string>());
        Assert.DoesNotContain("Preparing", webhook.Accepted.Where(told => told["data"]!["runId"]?.GetValue<string>() == "job-1").Select(told => told["data"]!["runStatus"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Webhook_that_does_not_answer_the_handshake_gets_nothing_until_it_confirms()
    {
        await using Webhook webhook = await Webhook.StartAsync(confirms: false);
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { EventsWebhook = webhook.Address });
        await simulator.SubmitAsync();
        await simulator.Simulation.PublishEventsAsync();
        Assert.All(webhook.Received, delivery => Assert.Equal("SubscriptionValidation", delivery.Kind));

        string url = webhook.Received[0].Event["data"]!["validationUrl"]!.GetValue<string>();
        Assert.Equal(400, (await simulator.Get(new Uri(url).AbsolutePath + "?id=guess")).Status);
        Assert.Equal(200, (await simulator.Get(new Uri(url).PathAndQuery)).Status);
        await simulator.Simulation.PublishEventsAsync();

        Assert.Contains(webhook.Received, delivery => delivery.Kind == "Notification");
    }

    [Fact]
    public async Task What_was_told_is_not_told_again_after_a_restart_and_what_was_missed_is()
    {
        await using Webhook webhook = await Webhook.StartAsync();
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { EventsWebhook = webhook.Address });
        await simulator.SubmitAsync();
        await simulator.Simulation.PublishEventsAsync();

        await simulator.RestartAsync(TimeSpan.FromHours(2));
        Assert.Equal("Completed", await simulator.StatusAsync());
        await simulator.Simulation.PublishEventsAsync();

        Assert.Equal(["Preparing", "Running", "Finalizing", "Completed"], Statuses(webhook.Events("Microsoft.MachineLearningServices.RunStatusChanged"), "job-1"));
    }

    private static IEnumerable<string> Statuses(List<JsonObject> changes, string run) => changes
        .Where(change => change["data"]!["runId"]!.GetValue<string>() == run)
        .Select(change => change["data"]!["runStatus"]!.GetValue<string>());
}
