using FineTune.Durable;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Tests.Orchestrations;

public sealed class CancellationTests
{
    /// <summary>Every call that a whole run makes to the outside, as a moment to cancel at.</summary>
    public static TheoryData<string> Moments =>
    [
        "GetModelAsync", "ListDataset", "PrepareAsync", "UploadAsync", "GetCluster", "BeginCreateAsync", "GetStatusAsync", "SubmitAsync", "GetJob",
        "GetMetrics", "RegisterAsync", "GetEndpoint", "BeginCreateEndpoint", "GetDeploymentAsync", "BeginCreateDeploymentAsync", "ScoreAsync",
        "BeginSetTrafficAsync", "UpdateTagsAsync",
    ];

    [Theory]
    [MemberData(nameof(Moments))]
    public async Task A_run_canceled_at_any_moment_ends_as_canceled_with_nothing_left(string moment)
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.OnCall = call =>
        {
            if (call == moment)
            {
                harness.Azure.OnCall = _ => { };
                harness.RaiseAsync(RunEvents.Cancel, new RunCommand("ada", "changed my mind")).GetAwaiter().GetResult();
            }
        };

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal(RunState.Canceled, status.State);
        Assert.Equal("CanceledByRequest", status.Failure!.Code);
        Assert.Contains("changed my mind", status.Failure.Message, StringComparison.Ordinal);
        harness.AssertNothingLeft();
    }

    [Fact]
    public async Task A_run_canceled_while_it_serves_deletes_its_endpoint()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        using (harness.Time.Hold())
        {
            await harness.ScheduleAsync();
            _ = harness.RaiseAtAsync(TimeSpan.FromHours(2), RunEvents.Cancel, new RunCommand("ada"));
        }

        RunStatus status = await harness.EndAsync();

        Assert.Equal(RunState.Canceled, status.State);
        Assert.Contains(RunState.Serving, status.Steps.Select(step => step.State));
        harness.AssertNothingLeft();
    }

    [Fact]
    public async Task A_cancel_sent_before_the_run_begins_is_not_lost()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        using (harness.Time.Hold())
        {
            await harness.ScheduleAsync();
            await harness.RaiseAsync(RunEvents.Cancel, new RunCommand(null));
        }

        RunStatus status = await harness.EndAsync();

        Assert.Equal(RunState.Canceled, status.State);
        Assert.Equal(0, harness.Azure.JobsCreated);
    }

    [Fact]
    public async Task A_deletion_that_is_refused_is_tried_until_it_succeeds()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        int refusals = 0;
        harness.Azure.OnCall = call =>
        {
            if (call == "BeginDeleteAsync" && refusals++ < 60)
            {
                throw new Ports.UpstreamException(OutcomeKind.Conflict, new Failure("Conflict", "The endpoint is busy."));
            }
        };

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal(RunState.Completed, status.State);
        Assert.True(refusals > 60);
        harness.AssertNothingLeft();
    }
}
