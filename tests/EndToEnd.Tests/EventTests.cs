using FineTune.Tests.Shared;
using FineTune.Workflow.Contracts;

namespace FineTune.EndToEnd.Tests;

public sealed class EventTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_run_sees_the_end_of_its_job_by_the_simulators_event_and_not_a_poll_later()
    {
        await using RunningHost host = await RunningHost.StartAsync(azurite);
        await host.DropAsync("shared/chat.parquet", RunningHost.Sample("support-chat.parquet"));
        IDisposable hold = host.Time.Hold();
        DateTimeOffset step = host.Time.GetUtcNow();
        string runId = await host.Client.StartAsync(RunningHost.Request("shared/chat.parquet", "PT30M"), "once", CancellationToken.None);

        // Time goes on step by step, and at each of them what there is to tell is told: deliveries take real time, which this clock would not wait for.
        RunStatus run;
        do
        {
            step += Step;
            Task<IDisposable> next = host.Time.HoldAtAsync(step);
            hold.Dispose();
            hold = await next;
            await host.Cloud.PublishEventsAsync();
            run = (await host.Client.FindAsync(runId, CancellationToken.None))!;
        }
        while (run.Steps.All(entry => entry.State != RunState.Reviewing) && run.Failure is null && step < RunningHost.Start.AddHours(4));

        hold.Dispose();
        Assert.Null(run.Failure);
        DateTimeOffset ended = await host.JobEndedAsync();
        TimeSpan late = run.Steps.Single(entry => entry.State == RunState.Reviewing).StartedAt - ended;
        Assert.InRange(late, TimeSpan.Zero, Step);
        Assert.Equal(RunState.Completed, (await host.FollowAsync(runId)).State);
    }
}
