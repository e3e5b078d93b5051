using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using FineTune.Workflow.Runs;
using FineTune.Workflow.Tests.Orchestrations;
using Moq;

namespace FineTune.Workflow.Tests.Runs;

public sealed class JobEventsTests
{
    private readonly Mock<IOrchestrationClient> _engine = new(MockBehavior.Strict);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_change_of_a_runs_job_wakes_who_watches_it_if_anybody_does(bool watched)
    {
        _engine.Setup(x => x.RaiseEventAsync("run-0123456789abcdef:watch", RunEvents.JobStateChanged, Unit.Value, It.IsAny<CancellationToken>())).ReturnsAsync(watched);

        Assert.Equal(watched, await new JobEvents(_engine.Object).HandleChangeAsync(ResourceNames.Job("run-0123456789abcdef")));
    }

    [Theory]
    [InlineData("6f2c9d5e-3a1b-4c1e-9a51-000000000000")]
    [InlineData("finetune-")]
    [InlineData("finetune-a b")]
    [InlineData("")]
    public async Task A_change_of_another_job_or_of_a_step_wakes_nobody(string jobName) =>
        Assert.False(await new JobEvents(_engine.Object).HandleChangeAsync(jobName));

    [Fact]
    public async Task A_run_that_is_told_sees_the_end_of_its_job_at_once_and_one_that_is_not_at_its_next_poll()
    {
        TimeSpan polled = await LatencyAsync(tell: false);
        TimeSpan told = await LatencyAsync(tell: true);

        Assert.InRange(polled, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.Equal(TimeSpan.Zero, told);
    }

    /// <summary>From the end of the training to the run's knowing it, in virtual time.</summary>
    private static async Task<TimeSpan> LatencyAsync(bool tell)
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        var submitted = new TaskCompletionSource<DateTimeOffset>(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable? hold = null;
        harness.Azure.OnCall = call =>
        {
            if (call == "SubmitAsync")
            {
                // Time stands still until somebody waits for the end of the job.
                hold = harness.Time.Hold();
                submitted.TrySetResult(harness.Time.GetUtcNow());
            }
        };
        await harness.ScheduleAsync();
        DateTimeOffset end = await submitted.Task + harness.Azure.Training;
        Task<IDisposable> atTheEnd = harness.Time.HoldAtAsync(end);
        hold!.Dispose();
        using (await atTheEnd)
        {
            if (tell)
            {
                Assert.True(await new JobEvents(harness.Client).HandleChangeAsync(ResourceNames.Job(RunHarness.RunId)));
            }
        }

        RunStatus status = await harness.EndAsync();
        Assert.Equal(RunState.Completed, status.State);
        return status.Steps.Single(step => step.State == RunState.Reviewing).StartedAt - end;
    }
}
