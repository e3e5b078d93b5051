using FineTune.Durable.Embedded.Storage;
using Microsoft.Data.Sqlite;

namespace FineTune.Durable.Embedded.Tests;

/// <summary>Random orchestrations, killed at their commits: the result, the end's time and every effect stay what they were.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public async Task A_crash_at_any_commit_changes_nothing(int seed)
    {
        Outcome whole = await RunAsync(seed, []);
        int crashes = 0;
        for (int point = 0; ; point++)
        {
            Outcome outcome = await RunAsync(seed, [point]);
            AssertSame(whole, outcome, FormattableString.Invariant($"seed {seed}, crash at {point}"));
            if (outcome.Crashes == 0)
            {
                break;
            }

            crashes++;
        }

        Assert.True(crashes > 20, "The program is too short to show anything.");
    }

    [Theory]
    [InlineData(100, 30)]
    public async Task Crash_after_crash_changes_nothing(int firstSeed, int seeds)
    {
        for (int seed = firstSeed; seed < firstSeed + seeds; seed++)
        {
            var random = new Random(seed);
            Outcome whole = await RunAsync(seed, []);
            int[] points = [.. Enumerable.Range(0, 4).Select(_ => random.Next(1, 30))];
            AssertSame(whole, await RunAsync(seed, points), FormattableString.Invariant($"seed {seed}, crashes at {string.Join(' ', points)}"));
        }
    }

    private static void AssertSame(Outcome expected, Outcome actual, string what)
    {
        Assert.True(expected.Output == actual.Output, $"{what}: {expected.Output} became {actual.Output}");
        Assert.True(expected.EndedAt == actual.EndedAt, $"{what}: ended at {actual.EndedAt:O} instead of {expected.EndedAt:O}");
        Assert.True(actual.Leftovers == 0, $"{what}: {actual.Leftovers} rows are left over");
        Assert.True(expected.Effects.Keys.Order().SequenceEqual(actual.Effects.Keys.Order()), $"{what}: effects are missing or made up");
        foreach ((int label, int count) in actual.Effects)
        {
            Assert.True(
                count >= expected.Effects[label] && count <= expected.Effects[label] + actual.Crashes,
                FormattableString.Invariant($"{what}: effect {label} happened {count} times instead of {expected.Effects[label]}"));
        }
    }

    /// <param name="seed">Of the program.</param>
    /// <param name="points">The commit phases, counted from the last start of an engine, at which to crash.</param>
    private static async Task<Outcome> RunAsync(int seed, int[] points)
    {
        await using var host = new EngineHost { MaxConcurrentActivities = 3 };
        var program = new SimulatedProgram(seed);
        program.Register(host);
        int crashes = 0;
        IDisposable? downtime = null;
        foreach (int point in points)
        {
            var crash = new Crash(host, point);
            bool isCrash = await RunUntilCrashAsync(host, program, crash, downtime);
            downtime = crash.Downtime;
            if (!isCrash)
            {
                break;
            }

            crashes++;
        }

        host.CommitHook = null;
        await RunToEndAsync(host, program, downtime);
        OrchestrationMetadata metadata = (await host.Client.GetInstanceAsync("i", getInputsAndOutputs: true))!;
        Assert.True(metadata.RuntimeStatus == OrchestrationRuntimeStatus.Completed, metadata.FailureDetails?.ErrorMessage);
        await host.Engine.DisposeAsync();
        return new Outcome(metadata.Output!.Value.GetString()!, metadata.LastUpdatedAt, program.Effects, crashes, CountLeftovers(host));
    }

    /// <returns>False when the program ended before the crash point.</returns>
    private static async Task<bool> RunUntilCrashAsync(EngineHost host, SimulatedProgram program, Crash crash, IDisposable? downtime)
    {
        host.CommitHook = crash.OnCommit;
        Task run = RunToEndAsync(host, program, downtime);
        await Task.WhenAny(run, crash.Happened);
        await host.Engine.AbandonAsync();
        await host.Engine.DisposeAsync();
        await run.ContinueWith(static ended => ended.Exception, TaskScheduler.Default);
        return crash.Happened.IsCompleted;
    }

    private static async Task RunToEndAsync(EngineHost host, SimulatedProgram program, IDisposable? downtime)
    {
        using (downtime)
        {
            await host.StartAsync();
        }

        await host.ScheduleAsync("Program", program.Start);

        // An instance that lost something waits for ever: then time, with nothing else to go to, comes here.
        using var ended = new CancellationTokenSource();
        try
        {
            Task<IDisposable> stuck = host.Skipping.HoldAtAsync(EngineHost.Start.AddYears(1), ended.Token);
            Task<OrchestrationMetadata> completion = host.Client.WaitForInstanceCompletionAsync("i", ended.Token);
            if (await Task.WhenAny(completion, stuck) == stuck)
            {
                Assert.True((await host.Client.GetInstanceAsync("i"))!.IsCompleted, "The instance is stuck.");
            }

            await completion;
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    private static long CountLeftovers(EngineHost host)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = host.DatabasePath, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText =
            """
            SELECT (SELECT COUNT(*) FROM inbox) + (SELECT COUNT(*) FROM timers) + (SELECT COUNT(*) FROM activities)
              + (SELECT COUNT(*) FROM instances WHERE status < 2)
            """;
        return (long)command.ExecuteScalar()!;
    }

    private sealed record Outcome(string Output, DateTimeOffset EndedAt, IReadOnlyDictionary<int, int> Effects, int Crashes, long Leftovers);

    private sealed class SimulatedCrashException : Exception;

    /// <summary>The death of an engine at a commit phase. Time stands still from then on until the next engine is there.</summary>
    private sealed class Crash(EngineHost host, int point)
    {
        private readonly TaskCompletionSource _happened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _phases;

        public Task Happened => _happened.Task;

        public IDisposable? Downtime { get; private set; }

        public void OnCommit(CommitPhase phase)
        {
            if (_phases++ == point)
            {
                Downtime = host.Skipping.Hold();
                _happened.SetResult();
                throw new SimulatedCrashException();
            }
        }
    }
}
