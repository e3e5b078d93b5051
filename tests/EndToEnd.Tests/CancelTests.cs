using FineTune.Tests.Shared;
using FineTune.Workflow.Contracts;

namespace FineTune.EndToEnd.Tests;

public sealed class CancelTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [Theory]
    [InlineData(RunState.Training, 20)]
    [InlineData(RunState.Deploying, 55)]
    [InlineData(RunState.Serving, 120)]
    public async Task A_run_that_is_canceled_ends_as_canceled_with_no_job_running_and_no_endpoint(RunState during, int minutes)
    {
        await using RunningHost host = await RunningHost.StartAsync(azurite);
        await host.DropAsync("shared/chat.parquet", RunningHost.Sample("support-chat.parquet"));
        IDisposable begin = host.Time.Hold();
        Task<IDisposable> then = host.Time.HoldAtAsync(RunningHost.Start.AddMinutes(minutes));
        string runId = await host.Client.StartAsync(RunningHost.Request("shared/chat.parquet", "PT4H"), "once", CancellationToken.None);
        begin.Dispose();

        using (await then)
        {
            Assert.Equal(during, (await host.Client.FindAsync(runId, CancellationToken.None))?.State);
            await host.Client.CancelAsync(runId, "a test", CancellationToken.None);
        }

        await host.Engine.WaitForInstanceCompletionAsync(runId);
        RunStatus run = (await host.Client.FindAsync(runId, CancellationToken.None))!;
        Assert.Equal(RunState.Canceled, run.State);
        Assert.Contains("a test", run.Failure!.Message, StringComparison.Ordinal);
        Assert.True(run.UpdatedAt - RunningHost.Start < TimeSpan.FromMinutes(minutes + 20), "The run went on after it was canceled.");
        CloudState cloud = await host.CloudAsync();
        Assert.Equal([during == RunState.Training ? "Canceled" : "Completed"], cloud.JobStatuses);
        Assert.Empty(cloud.Endpoints);
    }
}
