using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Runs;

namespace FineTune.Workflow.Tests.Orchestrations;

/// <summary>A run whose calls fail and are tried again says so while it does.</summary>
public sealed class RetryStatusTests
{
    private static readonly Failure Unreachable = new("ServiceUnreachable", "The service can't be reached: no route.") { Where = "GET https://x/" };

    [Fact]
    public async Task A_plan_that_is_tried_again_says_what_failed_why_since_when_and_until_when()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        FailUntil(harness, "GetModelAsync", TimeSpan.FromSeconds(30));

        RunStatus run = await LookAsync(harness, TimeSpan.FromSeconds(20));

        Assert.Equal(RunState.Planning, run.State);
        RetryStatus retry = run.Retry!;
        Assert.Equal("PlanRun", retry.Activity);
        Assert.Equal(3, retry.Attempts);
        Assert.Equal(RunHarness.Start, retry.Since);
        Assert.Equal(RunHarness.Start.AddSeconds(35), retry.NextAttemptAt);
        Assert.InRange(retry.GivenUpAt!.Value - RunHarness.Start, TimeSpan.FromMinutes(55), TimeSpan.FromMinutes(65));
        Assert.Equal(Unreachable, retry.LastError);
        Assert.Equal(
            "PlanRun has failed 3 times since 2026-03-02 08:00:00Z and is tried again at 2026-03-02 08:00:35Z, until about 2026-03-02 09:00:15Z. "
            + "ServiceUnreachable: The service can't be reached: no route. (GET https://x/)",
            retry.Summary);
    }

    [Fact]
    public async Task The_last_attempt_is_due_when_the_status_said()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        FailUntil(harness, "GetModelAsync", TimeSpan.FromDays(1));
        RetryStatus first = (await LookAsync(harness, TimeSpan.FromSeconds(2))).Retry!;

        RunStatus end = await harness.EndAsync();

        Assert.Equal(RunState.Failed, end.State);
        Assert.Equal(first.GivenUpAt, end.Steps[^1].StartedAt);
        Assert.Null(end.Retry);
    }

    [Fact]
    public async Task A_status_speaks_of_a_retry_no_more_when_the_call_succeeds()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        FailUntil(harness, "GetModelAsync", TimeSpan.FromSeconds(30));

        RunStatus run = await LookAsync(harness, TimeSpan.FromMinutes(10));

        Assert.NotEqual(RunState.Planning, run.State);
        Assert.Null(run.Retry);
        Assert.Equal(RunState.Completed, (await harness.EndAsync()).State);
    }

    [Fact]
    public async Task A_run_canceled_between_two_attempts_speaks_of_them_no_more()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        FailUntil(harness, "GetModelAsync", TimeSpan.FromDays(1));
        await harness.ScheduleAsync();
        await harness.RaiseAtAsync(TimeSpan.FromMinutes(2), RunEvents.Cancel, new RunCommand("ada"));

        RunStatus end = await harness.EndAsync();

        Assert.Equal(RunState.Canceled, end.State);
        Assert.Null(end.Retry);
    }

    [Fact]
    public async Task A_watch_that_is_tried_again_shows_in_its_run_and_keeps_the_job()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        TimeSpan from = TimeSpan.FromMinutes(15);
        harness.Azure.OnCall = call => ThrowBetween(harness, call, "GetJob", from, from + TimeSpan.FromMinutes(10));

        RunStatus run = await LookAsync(harness, from + TimeSpan.FromMinutes(5));

        Assert.Equal(RunState.Training, run.State);
        Assert.Equal("ReadJob", run.Retry?.Activity);
        Assert.Equal(Unreachable, run.Retry?.LastError);
        Assert.NotEqual("Unknown", run.Job!.Job.Status);
        Assert.Null(run.Job.Retry);
        Assert.Null((await harness.EndAsync()).Retry);
    }

    [Fact]
    public async Task A_watch_that_never_saw_its_job_leaves_the_run_the_job_as_it_was_submitted()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.OnCall = call => ThrowBetween(harness, call, "GetJob", TimeSpan.Zero, TimeSpan.FromHours(1));

        RunStatus run = await LookAsync(harness, TimeSpan.FromMinutes(30));

        Assert.Equal(RunState.Training, run.State);
        Assert.Equal("ReadJob", run.Retry?.Activity);
        Assert.NotEqual("Unknown", run.Job!.Job.Status);
    }

    [Fact]
    public async Task A_poll_of_an_operation_that_is_tried_again_shows_in_its_run()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.OnCall = call => ThrowBetween(harness, call, "GetStatusAsync", TimeSpan.Zero, TimeSpan.FromMinutes(10));

        RunStatus run = await LookAsync(harness, TimeSpan.FromMinutes(5));

        Assert.Equal(RunState.ProvisioningCompute, run.State);
        Assert.Equal("ReadOperation", run.Retry?.Activity);
        RunStatus end = await harness.EndAsync();
        Assert.Equal(RunState.Completed, end.State);
        Assert.Null(end.Retry);
        Assert.Null(end.WaitsFor);
    }

    [Fact]
    public async Task A_deletion_that_is_refused_shows_that_it_is_never_given_up()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        bool refused = true;
        DateTimeOffset? deletedFirst = null;
        harness.Azure.OnCall = call =>
        {
            if (call == "BeginDeleteAsync" && refused)
            {
                deletedFirst ??= harness.Time.GetUtcNow();
                throw new UpstreamException(OutcomeKind.Denied, new Failure("AccessDenied", "No."));
            }
        };

        RunStatus run = await LookAsync(harness, TimeSpan.FromHours(12));
        refused = false;

        Assert.Equal(RunState.TearingDown, run.State);
        Assert.Equal("DeleteEndpoint", run.Retry?.Activity);
        Assert.Equal(deletedFirst, run.Retry?.Since);
        Assert.Contains("until it succeeds. AccessDenied: No.", run.Retry?.Summary, StringComparison.Ordinal);
        RunStatus end = await harness.EndAsync();
        Assert.Equal(RunState.Completed, end.State);
        Assert.True(end.Endpoint!.Deleted);
        Assert.Null(end.Retry);
    }

    private static async Task<RunStatus> LookAsync(RunHarness harness, TimeSpan after)
    {
        Task<IDisposable> reached;
        using (harness.Time.Hold())
        {
            await harness.ScheduleAsync();
            reached = harness.Time.HoldAtAsync(RunHarness.Start + after);
        }

        using IDisposable hold = await reached;
        return (await new RunClient(harness.Client).GetAsync(RunHarness.RunId))!;
    }

    private static void FailUntil(RunHarness harness, string call, TimeSpan until) =>
        harness.Azure.OnCall = name => ThrowBetween(harness, name, call, TimeSpan.Zero, until);

    private static void ThrowBetween(RunHarness harness, string call, string failing, TimeSpan from, TimeSpan until)
    {
        TimeSpan now = harness.Time.GetUtcNow() - RunHarness.Start;
        if (call == failing && now >= from && now < until)
        {
            throw new UpstreamException(OutcomeKind.Transient, Unreachable);
        }
    }
}
