using FineTune.Durable;
using FineTune.Durable.Embedded;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Tests.Orchestrations;

/// <summary>
/// Committed histories of each version, replayed by today's code: an edit that runs under way would not survive fails here.
/// After raising <c>FineTuneRun.Version</c>, record the new version's histories beside the old ones:
/// FINETUNE_RECORD_HISTORIES=tests/Workflow.Tests/Histories dotnet test tests/Workflow.Tests --filter HistoriesTests
/// </summary>
public sealed class HistoriesTests
{
    private static readonly Dictionary<string, Action<RunHarness>> Scenarios = new(StringComparer.Ordinal)
    {
        ["completed"] = _ => { },
        ["job-failed"] = harness => harness.Azure.JobEnd = JobState.Failed,
        ["deployment-failed"] = harness => harness.Azure.Deployment = new OperationStatus(OperationState.Failed) { Error = new Failure("X", "Y") },
        ["canceled-in-training"] = harness => harness.Azure.OnCall = call =>
        {
            if (call == "GetJob")
            {
                harness.Azure.OnCall = _ => { };
                harness.RaiseAsync(RunEvents.Cancel, new RunCommand("ada")).GetAwaiter().GetResult();
            }
        },
    };

    public static TheoryData<string> ScenarioNames => [.. Scenarios.Keys];

    public static TheoryData<string> Committed =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Histories"), "*.json").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Committed))]
    public void A_committed_history_replays_on_todays_code(string file) =>
        Replayer().Replay(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Histories", file)));

    [Theory]
    [MemberData(nameof(ScenarioNames))]
    public async Task A_fresh_history_replays(string scenario)
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        Scenarios[scenario](harness);
        await harness.RunToEndAsync();

        string history = harness.ExportHistory(RunHarness.RunId);

        Replayer().Replay(history);
        if (Environment.GetEnvironmentVariable("FINETUNE_RECORD_HISTORIES") is { Length: > 0 } directory)
        {
            await File.WriteAllTextAsync(Path.Combine(directory, $"{Workflow.Orchestrations.FineTuneRun.Version}-{scenario}.json"), history);
        }
    }

    [Fact]
    public void A_history_that_left_the_path_of_the_code_is_refused()
    {
        string history = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Histories", "1.0-completed.json"));

        Assert.Throws<NonDeterministicOrchestrationException>(() => Replayer().Replay(history.Replace("\"SubmitJob\"", "\"RegisterModel\"", StringComparison.Ordinal)));
    }

    private static OrchestrationReplayer Replayer() => new(WorkflowTasks.AddTo(new DurableTaskRegistry()));
}
