using System.Collections.Concurrent;
using System.Text.Json;
using FineTune.Durable;
using FineTune.FunctionsApp.Durable;
using FineTune.Workflow;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using FineTune.Workflow.Tests.Orchestrations;
using Microsoft.DurableTask.Testing;
using DurableTaskRegistry = FineTune.Durable.DurableTaskRegistry;

namespace FineTune.FunctionsApp.Tests.Host;

/// <summary>The scenarios of the committed histories, on Microsoft's in-process host: the same steps in the same order.</summary>
public sealed class ScenarioTests
{
    private const string RunId = "run-0123456789abcdef";

    private static readonly Dictionary<string, Action<InMemoryAzure, IOrchestrationClient>> Scenarios = new(StringComparer.Ordinal)
    {
        ["completed"] = (_, _) => { },
        ["job-failed"] = (azure, _) => azure.JobEnd = JobState.Failed,
        ["deployment-failed"] = (azure, _) => azure.Deployment = new OperationStatus(OperationState.Failed) { Error = new Failure("X", "Y") },
        ["canceled-in-training"] = (azure, client) => azure.OnCall = call =>
        {
            if (call == "GetJob")
            {
                azure.OnCall = _ => { };
                client.RaiseEventAsync(RunId, RunEvents.Cancel, new RunCommand("ada")).GetAwaiter().GetResult();
            }
        },
    };

    public static TheoryData<string> ScenarioNames => [.. Scenarios.Keys];

    [Theory]
    [MemberData(nameof(ScenarioNames))]
    public async Task A_scenario_takes_the_steps_of_its_committed_history(string scenario)
    {
        var clock = new FastClock(speed: 2000);
        var azure = new InMemoryAzure(clock.Time);
        DurableTaskRegistry registry = WorkflowTasks.AddTo(new DurableTaskRegistry());
        await using DurableTaskTestHost host = await InProcessHost.StartAsync(registry, clock, _ => { }, _ => azure);
        var client = new DurableFunctionsClient(host.Client, registry);
        Scenarios[scenario](azure, client);

        Assert.True(await client.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, Input(scenario), RunId));
        Assert.False(await client.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, Input(scenario), RunId));
        OrchestrationMetadata ended = await client.WaitForInstanceCompletionAsync(RunId);

        Assert.True(ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed, $"{ended.FailureDetails}");
        RunStatus run = ended.CustomStatus!.Value.Deserialize<RunStatus>(DurableJson.Options)!;
        Assert.Equal(CommittedStates(scenario), run.Steps.Select(step => step.State));
        Assert.Equal((0, 0), (azure.ActiveJobs, azure.LiveEndpoints));
        Assert.False(await client.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, Input(scenario), RunId));
    }

    private static JsonElement Events(string scenario) => JsonElement.Parse(File.ReadAllText(
        Path.Combine(AppContext.BaseDirectory, "Histories", $"{FineTuneRun.Version}-{scenario}.json"))).GetProperty("events");

    private static RunInput Input(string scenario) => Events(scenario).EnumerateArray()
        .First(item => item.GetProperty("type").GetString() == "executionStarted").GetProperty("input").Deserialize<RunInput>(DurableJson.Options)!;

    /// <summary>The states that the run of a history went through: its last activity was told of all but the last.</summary>
    private static IEnumerable<RunState> CommittedStates(string scenario)
    {
        JsonElement last = Events(scenario).EnumerateArray().Last(item =>
            item.GetProperty("type").GetString() == "taskScheduled" && item.GetProperty("name").GetString() == "PublishReport");
        RunStatus told = last.GetProperty("input").Deserialize<RunStatus>(DurableJson.Options)!;
        return [.. told.Steps.Select(step => step.State), told.State];
    }
}
