using FineTune.Durable;
using FineTune.FunctionsApp.Durable;
using FineTune.Workflow;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using FineTune.Workflow.Runs;
using FineTune.Workflow.Tests.Orchestrations;
using Grpc.Core;
using Microsoft.DurableTask.Testing;
using DurableTaskRegistry = FineTune.Durable.DurableTaskRegistry;

namespace FineTune.FunctionsApp.Tests.Host;

/// <summary>What an operator can do to an instance from outside, and what people are then told.</summary>
public sealed class OperatorTests
{
    private const string RunId = "run-0123456789abcdef";

    [Fact]
    public async Task A_suspended_run_says_so_and_goes_on_where_it_was_when_it_is_resumed()
    {
        await WhileTrainingAsync(async (host, runs, azure) =>
        {
            await host.Client.SuspendInstanceAsync(RunId);
            RunStatus suspended = await UntilAsync(runs, run => run.Warnings.Any(warning => warning.Contains("suspended", StringComparison.Ordinal)));
            Assert.Equal(RunState.Training, suspended.State);

            await host.Client.ResumeInstanceAsync(RunId);
            RunStatus ended = await UntilAsync(runs, run => run.State == RunState.Completed);
            Assert.DoesNotContain(ended.Warnings, warning => warning.Contains("suspended", StringComparison.Ordinal));
            Assert.Equal((1, 0, 0), (azure.JobsCreated, azure.ActiveJobs, azure.LiveEndpoints));
        });
    }

    [Fact]
    public async Task A_terminated_run_has_failed_and_says_what_to_look_after()
    {
        await WhileTrainingAsync(async (host, runs, _) =>
        {
            await host.Client.TerminateInstanceAsync(RunId);
            RunStatus run = await UntilAsync(runs, run => run.State == RunState.Failed);

            Assert.Equal("OrchestrationTerminated", run.Failure?.Code);
            Assert.Equal(RunCommandOutcome.AlreadyEnded, (await runs.CancelAsync(RunId, new RunCommand("ada"))).Outcome);
        });
    }

    private static async Task WhileTrainingAsync(Func<DurableTaskTestHost, RunClient, InMemoryAzure, Task> operate)
    {
        var clock = new FastClock(speed: 2000);
        var azure = new InMemoryAzure(clock.Time);
        var training = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        azure.OnCall = call =>
        {
            if (call == "GetJob")
            {
                training.TrySetResult();
            }
        };
        DurableTaskRegistry registry = WorkflowTasks.AddTo(new DurableTaskRegistry());
        await using DurableTaskTestHost host = await InProcessHost.StartAsync(registry, clock, _ => { }, _ => azure);
        var client = new DurableFunctionsClient(host.Client, registry);
        var request = new RunRequest { Dataset = new DatasetRequest { Path = "shared/ultrachat.jsonl", SplitPercent = 100 }, DatasetName = "ultrachat" };
        Assert.True(await client.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, new RunInput { Request = request }, RunId));
        await training.Task;

        await operate(host, new RunClient(client), azure);
    }

    // The host tells nobody of a change: asking it is all there is. Each question is a call over loopback.
    private static async Task<RunStatus> UntilAsync(RunClient runs, Func<RunStatus, bool> reached)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (true)
        {
            try
            {
                if (await runs.GetAsync(RunId, patience.Token) is { } run && reached(run))
                {
                    return run;
                }
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.Unknown)
            {
                // The test host can't tell of a child that waits for its first turn: it looks for tags, of which a child has none yet.
                // The extension's own server does not send tags.
            }
        }
    }
}
