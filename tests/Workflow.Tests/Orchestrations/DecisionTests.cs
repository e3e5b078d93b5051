using FineTune.Durable;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Tests.Orchestrations;

public sealed class DecisionTests
{
    private static readonly RunRequest NeedsApproval = RunHarness.Request with
    {
        Approval = new ApprovalRequest { Required = true, Timeout = TimeSpan.FromDays(10) },
    };

    [Fact]
    public async Task An_approval_given_before_anybody_waits_counts()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        using (harness.Time.Hold())
        {
            await harness.ScheduleAsync(NeedsApproval);
            await harness.RaiseAsync(RunEvents.Approval, new ApprovalDecision(true, "grace"));
        }

        RunStatus status = await harness.EndAsync();

        Assert.Equal(RunState.Completed, status.State);
        Assert.Equal("approved by grace", status.Steps.Single(step => step.State == RunState.AwaitingApproval).Detail);
    }

    [Fact]
    public async Task An_approval_after_nine_days_counts()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        using (harness.Time.Hold())
        {
            await harness.ScheduleAsync(NeedsApproval);
            _ = harness.RaiseAtAsync(TimeSpan.FromDays(9), RunEvents.Approval, new ApprovalDecision(true, "grace"));
        }

        Assert.Equal(RunState.Completed, (await harness.EndAsync()).State);
    }

    [Fact]
    public async Task A_rejection_cancels_the_run_before_anything_is_registered()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        using (harness.Time.Hold())
        {
            await harness.ScheduleAsync(NeedsApproval);
            _ = harness.RaiseAtAsync(TimeSpan.FromDays(1), RunEvents.Approval, new ApprovalDecision(false, "grace", "too chatty"));
        }

        RunStatus status = await harness.EndAsync();

        Assert.Equal((RunState.Canceled, "Rejected"), (status.State, status.Failure!.Code));
        Assert.Contains("too chatty", status.Failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, harness.Azure.ModelsCreated);
    }

    [Fact]
    public async Task Without_an_answer_the_run_is_canceled_at_its_time_out()
    {
        await using RunHarness harness = await RunHarness.StartAsync();

        RunStatus status = await harness.RunToEndAsync(NeedsApproval);

        Assert.Equal((RunState.Canceled, "ApprovalTimedOut"), (status.State, status.Failure!.Code));
        RunStep waiting = status.Steps.Single(step => step.State == RunState.AwaitingApproval);
        Assert.Equal(TimeSpan.FromDays(10), waiting.EndedAt - waiting.StartedAt);
    }

    [Fact]
    public async Task Extending_moves_the_expiry_and_the_endpoints_tag()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        string? tag = null;
        using (harness.Time.Hold())
        {
            await harness.ScheduleAsync();
            _ = harness.RaiseAtAsync(TimeSpan.FromHours(2), RunEvents.Extend, new ExtendCommand(TimeSpan.FromHours(3), "ada"));
            _ = harness.RaiseAtAsync(TimeSpan.FromHours(3), RunEvents.Extend, new ExtendCommand(TimeSpan.FromHours(1), "ada"));
        }

        harness.Azure.OnCall = call => tag = call == "BeginDeleteAsync" ? harness.Azure.Endpoints.Values.Single().Tags[EndpointTags.ExpiresAt] : tag;
        RunStatus status = await harness.EndAsync();

        RunStep serving = status.Steps.Single(step => step.State == RunState.Serving);
        Assert.Equal(TimeSpan.FromHours(8), serving.EndedAt - serving.StartedAt);
        Assert.Equal(serving.EndedAt!.Value.ToString("O"), tag);
    }

    [Fact]
    public async Task Keeping_ends_the_run_and_leaves_the_endpoint_with_a_tag_that_the_sweeper_respects()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        using (harness.Time.Hold())
        {
            await harness.ScheduleAsync();
            _ = harness.RaiseAtAsync(TimeSpan.FromHours(2), RunEvents.Keep, new RunCommand("ada"));
        }

        RunStatus status = await harness.EndAsync();

        Assert.Equal(RunState.Completed, status.State);
        Assert.Null(status.Endpoint!.ExpiresAt);
        Assert.Equal(EndpointTags.Never, harness.Azure.Endpoints.Values.Single().Tags[EndpointTags.ExpiresAt]);
        SweepResult sweep = await new EndpointSweeper(harness.Azure, TimeProvider.System).SweepAsync();
        Assert.Empty(sweep.Deleted);
    }

    [Fact]
    public async Task Tearing_down_now_ends_the_serving_at_once()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        using (harness.Time.Hold())
        {
            await harness.ScheduleAsync();
            _ = harness.RaiseAtAsync(TimeSpan.FromHours(2), RunEvents.TearDown, new RunCommand("ada"));
        }

        RunStatus status = await harness.EndAsync();

        Assert.Equal(RunState.Completed, status.State);
        Assert.Equal(RunHarness.Start + TimeSpan.FromHours(2), status.Steps.Single(step => step.State == RunState.Serving).EndedAt);
        harness.AssertNothingLeft();
    }

    [Fact]
    public async Task A_day_of_polls_keeps_a_short_history()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.Training = TimeSpan.FromDays(1);

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal(RunState.Completed, status.State);
        Assert.InRange(harness.Azure.Calls.Count(call => call == "GetJob"), 1_000, 2_000);
        Assert.InRange(harness.ExportHistory(RunInstances.Watch(RunHarness.RunId)).Length, 1, 256 * 1024);
        Assert.InRange(harness.ExportHistory(RunHarness.RunId).Length, 1, 512 * 1024);
    }
}
