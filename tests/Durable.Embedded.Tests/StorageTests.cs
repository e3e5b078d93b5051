using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FineTune.Durable.Embedded.Tests;

public sealed class StorageTests
{
    private static readonly ActivityName<int, int> Work = new("Work");

    [Fact]
    public async Task A_second_engine_on_the_same_data_directory_is_told_who_has_it()
    {
        await using EngineHost host = await new EngineHost().StartAsync();
        await using DurableTaskEngine second = host.CreateEngine();

        DataDirectoryInUseException e = await Assert.ThrowsAsync<DataDirectoryInUseException>(() => second.StartAsync(CancellationToken.None));
        Assert.Equal(Environment.ProcessId, e.ProcessId);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"in use by process {Environment.ProcessId}"), e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_data_directory_is_free_after_a_stop_and_after_a_failed_start()
    {
        await using EngineHost host = await new EngineHost().StartAsync();
        await host.RestartAsync();
        await host.Engine.DisposeAsync();
        SetSchemaVersion(host, 999);
        await Assert.ThrowsAsync<UnsupportedSchemaVersionException>(host.StartAsync);
        SetSchemaVersion(host, 1);

        await host.StartAsync();
    }

    [Fact]
    public async Task A_newer_schema_is_refused_and_left_alone()
    {
        await using EngineHost host = await new EngineHost().StartAsync();
        await host.Engine.DisposeAsync();
        SetSchemaVersion(host, 999);

        UnsupportedSchemaVersionException e = await Assert.ThrowsAsync<UnsupportedSchemaVersionException>(host.StartAsync);
        Assert.Contains("has schema version 999; this program knows versions up to 1", e.Message, StringComparison.Ordinal);
        Assert.Equal(999, e.Found);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await using var host = new EngineHost();
        await File.WriteAllTextAsync(host.DatabasePath, new string('x', 4096));

        await Assert.ThrowsAsync<SqliteException>(host.StartAsync);
    }

    [Fact]
    public void All_bad_options_are_named_at_once()
    {
        var options = new DurableTaskEngineOptions { DatabasePath = " ", MaxConcurrentActivities = 0, MaxHistoryEvents = 1 };

        OptionsValidationException e = Assert.Throws<OptionsValidationException>(() => new DurableTaskEngine(new DurableTaskRegistry(), null!, options));
        Assert.Equal(3, e.Failures.Count());
    }

    [Fact]
    public async Task An_orchestration_that_an_upgrade_lost_waits_for_a_host_that_knows_it()
    {
        await using var host = new EngineHost();
        Register(host);
        await host.StartAsync();
        await host.ScheduleAsync("Known", 1);
        await host.Engine.WhenIdleAsync();
        DurableTaskRegistry full = host.Registry;

        host.Registry = new DurableTaskRegistry();
        await host.RestartAsync();
        Assert.True(await host.Client.RaiseEventAsync("i", "go", 5));
        await host.Engine.WhenIdleAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.Client.GetInstanceAsync("i"))!.RuntimeStatus);
        (LogLevel level, string text) = Assert.Single(host.Logger.Entries, entry => entry.Level == LogLevel.Error);
        Assert.Contains("no orchestration named 'Known' is registered", text, StringComparison.Ordinal);

        host.Registry = full;
        await host.RestartAsync();
        Assert.Equal(5, (await host.Client.WaitForInstanceCompletionAsync("i")).Output!.Value.GetInt32());
    }

    [Fact]
    public async Task A_turn_that_could_not_be_written_is_tried_again()
    {
        await using var host = new EngineHost();
        Register(host);
        int commits = 0;
        host.CommitHook = phase =>
        {
            // 1: start, 2: schedule, 3: first turn.
            if (phase == Storage.CommitPhase.BeforeCommit && ++commits == 3)
            {
                throw new SqliteException("database or disk is full", 13);
            }
        };
        await host.StartAsync();
        await host.ScheduleAsync("Known", 1);
        await host.Engine.WhenIdleAsync();
        await host.Client.RaiseEventAsync("i", "go", 5);

        Assert.Equal(5, (await host.Client.WaitForInstanceCompletionAsync("i")).Output!.Value.GetInt32());
        Assert.Contains(host.Logger.Entries, entry => entry.Text.Contains("could not be committed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_activity_whose_end_could_not_be_written_runs_again_when_its_lease_has_run_out()
    {
        await using var host = new EngineHost { LeaseDuration = TimeSpan.FromMinutes(3) };
        Register(host);
        int commits = 0;
        host.CommitHook = phase =>
        {
            // 4: the end of the activity.
            if (phase == Storage.CommitPhase.BeforeCommit && ++commits == 4)
            {
                throw new SqliteException("database or disk is full", 13);
            }
        };
        List<DateTimeOffset> runs = [];
        host.AddActivity<int, int>("Work", x =>
        {
            runs.Add(host.Time.GetUtcNow());
            return x + 1;
        });
        host.AddOrchestrator<int, int>("Call", (context, x) => context.CallActivityAsync(Work, x));
        await host.StartAsync();

        Assert.Equal("2", await host.RunToOutputAsync("Call", 1));
        Assert.Equal(2, runs.Count);
        Assert.Equal(EngineHost.Start, runs[0]);
        Assert.InRange(runs[1], EngineHost.Start.AddMinutes(3), EngineHost.Start.AddMinutes(4));
    }

    [Fact]
    public async Task A_running_activity_keeps_its_lease()
    {
        var time = new ManualTimeProvider(EngineHost.Start);
        await using var host = new EngineHost { Time = time, LeaseDuration = TimeSpan.FromMinutes(3) };
        var started = new TaskCompletionSource();
        var finish = new TaskCompletionSource<int>();
        int runs = 0;
        host.AddActivity<int, int>("Work", (_, _, _) =>
        {
            runs++;
            started.TrySetResult();
            return finish.Task;
        });
        host.AddOrchestrator<int, int>("Call", (context, x) => context.CallActivityAsync(Work, x));
        await host.StartAsync();
        await host.ScheduleAsync("Call", 1);
        await started.Task;
        for (int i = 0; i < 20; i++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            Assert.True(LeaseUntil(host) > time.GetUtcNow().UtcTicks);
        }

        finish.SetResult(7);
        Assert.Equal(7, (await host.Client.WaitForInstanceCompletionAsync("i")).Output!.Value.GetInt32());
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Waiting_instances_hold_nothing_in_memory_and_no_timer_but_one()
    {
        var time = new ManualTimeProvider(EngineHost.Start);
        await using var host = new EngineHost { Time = time };
        List<WeakReference> objects = [];
        host.AddOrchestrator<int, int>("Sleep", async (context, x) =>
        {
            objects.Add(new WeakReference(context));
            await context.CreateTimer(TimeSpan.FromHours(x + 1));
            return x;
        });
        await host.StartAsync();
        for (int i = 0; i < 50; i++)
        {
            await host.ScheduleAsync("Sleep", i, string.Create(CultureInfo.InvariantCulture, $"s{i}"));
        }

        await host.Engine.WhenIdleAsync();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.Equal(50, objects.Count);

        // The last one or two may still be on a thread's stack.
        Assert.True(objects.Count(o => o.IsAlive) <= 4, "Contexts of waiting instances are alive.");
        Assert.Equal(1, time.ArmedTimers);
    }

    private static void Register(EngineHost host) =>
        host.AddOrchestrator<int, int>("Known", (context, _) => context.WaitForExternalEvent<int>("go"));

    private static void SetSchemaVersion(EngineHost host, int version) =>
        Execute(host, string.Create(CultureInfo.InvariantCulture, $"UPDATE schema_version SET version = {version}"));

    private static long LeaseUntil(EngineHost host) => (long)Execute(host, "SELECT lease_until FROM activities")!;

    private static object? Execute(EngineHost host, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = host.DatabasePath, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant text of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
