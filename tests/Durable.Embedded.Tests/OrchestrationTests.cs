using System.Text.Json;

namespace FineTune.Durable.Embedded.Tests;

public sealed class OrchestrationTests
{
    private static readonly OrchestrationName<int, int> Child = new("Child");
    private static readonly ActivityName<int, int> Double = new("Double");

    [Fact]
    public async Task A_child_returns_its_output_under_an_id_derived_from_its_parent()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, string>("Parent", async (context, x) => $"{await context.CallSubOrchestratorAsync(Child, x)}");
        host.AddOrchestrator<int, int>("Child", (context, x) =>
        {
            context.SetCustomStatus(context.ParentInstanceId);
            return Task.FromResult(x + 1);
        });
        await host.StartAsync();

        Assert.Equal("\"8\"", await host.RunToOutputAsync("Parent", 7, "p"));
        OrchestrationMetadata? child = await host.Client.GetInstanceAsync("p:1.0");
        Assert.Equal("Child", child!.Name);
        Assert.Equal("p", child.CustomStatus!.Value.GetString());
    }

    [Fact]
    public async Task A_failed_child_fails_the_call()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, string>("Parent", async (context, x) =>
        {
            try
            {
                await context.CallSubOrchestratorAsync(Child, x, "kid");
                return "fine";
            }
            catch (TaskFailedException e)
            {
                return e.Message;
            }
        });
        host.AddOrchestrator<int, int>("Child", (_, _) => throw new ArithmeticException("overdrawn"));
        await host.StartAsync();

        Assert.Equal("\"Child failed: overdrawn\"", await host.RunToOutputAsync("Parent", 7));
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await host.Client.GetInstanceAsync("kid"))!.RuntimeStatus);
    }

    [Fact]
    public async Task A_child_whose_id_is_taken_or_whose_name_is_unknown_fails_the_call()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<string, string>("Parent", async (context, name) =>
        {
            try
            {
                await context.CallSubOrchestratorAsync(new OrchestrationName<int, int>(name), 1, "taken");
                return "fine";
            }
            catch (TaskFailedException e)
            {
                return e.FailureDetails.ErrorMessage;
            }
        });
        host.AddOrchestrator<int, int>("Child", (_, x) => Task.FromResult(x));
        await host.StartAsync();
        await host.RunAsync("Child", 1, "taken");

        Assert.Equal("There is an instance with the id 'taken' already.", JsonSerializer.Deserialize<string>((await host.RunToOutputAsync("Parent", "Child", "a"))!));
        Assert.Equal("No orchestration named 'Nix' is registered in this host.", JsonSerializer.Deserialize<string>((await host.RunToOutputAsync("Parent", "Nix", "b"))!));
    }

    [Fact]
    public async Task Deep_children_keep_their_ids_within_the_limit()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, int>("Child", async (context, depth) =>
            depth == 0 ? context.InstanceId.Length : Math.Max(context.InstanceId.Length, await context.CallSubOrchestratorAsync(Child, depth - 1)));
        await host.StartAsync();

        string? longest = await host.RunToOutputAsync("Child", 30, new string('x', 90));
        Assert.InRange(int.Parse(longest!, System.Globalization.CultureInfo.InvariantCulture), 90, 100);
    }

    [Fact]
    public async Task Continue_as_new_keeps_events_drops_timers_and_truncates_history()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, int>("Loop", async (context, sum) =>
        {
            int value = await context.WaitForExternalEvent<int>("add");
            if (value == 0)
            {
                return sum;
            }

            _ = context.CreateTimer(TimeSpan.FromDays(100));
            context.ContinueAsNew(sum + value);
            return -1;
        });
        await host.StartAsync();
        using (host.Skipping.Hold())
        {
            await host.ScheduleAsync("Loop", 0);
            for (int i = 1; i <= 50; i++)
            {
                await host.Client.RaiseEventAsync("i", "add", i);
            }

            await host.Engine.WhenIdleAsync();
            Assert.InRange(JsonDocument.Parse(host.Engine.ExportHistory("i")).RootElement.GetProperty("events").GetArrayLength(), 1, 60);
            Assert.Equal(1275, (await host.Client.GetInstanceAsync("i", getInputsAndOutputs: true))!.Input!.Value.GetInt32());
            await host.Client.RaiseEventAsync("i", "add", 0);
        }

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Equal("1275", metadata.Output?.GetRawText());
        Assert.Equal(EngineHost.Start, host.Time.GetUtcNow());
    }

    [Fact]
    public async Task Continue_as_new_without_events_drops_them()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<bool, string>("Loop", async (context, second) =>
        {
            if (!second)
            {
                await context.WaitForExternalEvent<int>("go");
                context.ContinueAsNew(true, preserveUnprocessedEvents: false);
                return "first";
            }

            using var cancellation = new CancellationTokenSource();
            Task<int> extra = context.WaitForExternalEvent<int>("extra");
            Task timer = context.CreateTimer(TimeSpan.FromMinutes(1));
            return await Task.WhenAny(extra, timer) == timer ? "dropped" : "kept";
        });
        await host.StartAsync();
        using (host.Skipping.Hold())
        {
            await host.ScheduleAsync("Loop", false);
            await host.Client.RaiseEventAsync("i", "extra", 1);
            await host.Engine.WhenIdleAsync();
            await host.Client.RaiseEventAsync("i", "go", 1);
        }

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Equal("\"dropped\"", metadata.Output?.GetRawText());
    }

    [Fact]
    public async Task Answers_to_an_execution_that_is_over_do_not_reach_the_next()
    {
        await using var host = new EngineHost();
        var release = new TaskCompletionSource<int>();
        host.AddActivity<int, int>("Double", (_, x, _) => x == 1 ? release.Task : Task.FromResult(x * 2));
        host.AddOrchestrator<int, int>("Loop", async (context, round) =>
        {
            if (round == 0)
            {
                _ = context.CallActivityAsync(Double, 1);
                context.ContinueAsNew(1);
                return 0;
            }

            Task<int> own = context.CallActivityAsync(Double, 21);
            await context.WaitForExternalEvent<int>("go");
            return await own;
        });
        await host.StartAsync();
        await host.ScheduleAsync("Loop", 0);
        release.SetResult(-1);
        await host.Engine.WhenIdleAsync();
        await host.Client.RaiseEventAsync("i", "go", 1);

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Equal("42", metadata.Output?.GetRawText());
    }

    [Fact]
    public async Task Guids_and_times_are_the_same_on_every_replay_and_guids_differ()
    {
        await using var host = new EngineHost();
        List<(Guid, Guid, DateTimeOffset)> seen = [];
        host.AddOrchestrator<int, string>("Replayed", async (context, _) =>
        {
            Guid first = context.NewGuid();
            await context.CreateTimer(TimeSpan.FromMinutes(5));
            DateTimeOffset time = context.CurrentUtcDateTime;
            Guid second = context.NewGuid();
            seen.Add((first, second, time));
            await context.CreateTimer(TimeSpan.FromMinutes(5));
            await context.WaitForExternalEvent<int>("end");
            return "done";
        });
        await host.StartAsync();
        await host.ScheduleAsync("Replayed", 0);
        using (await host.Skipping.HoldAtAsync(EngineHost.Start.AddHours(1)))
        {
            await host.CrashAndRestartAsync();
        }

        await host.Client.RaiseEventAsync("i", "end", 0);
        await host.Client.WaitForInstanceCompletionAsync("i");
        (Guid first, Guid second, DateTimeOffset time) = Assert.Single(seen.Distinct());
        Assert.True(seen.Count > 1);
        Assert.NotEqual(first, second);
        Assert.Equal(5, first.Version);
        Assert.Equal(EngineHost.Start.AddMinutes(5), time);
    }

    [Fact]
    public async Task Replayed_code_is_told_so()
    {
        await using var host = new EngineHost();
        List<bool> replaying = [];
        host.AddOrchestrator<int, int>("Told", async (context, _) =>
        {
            replaying.Add(context.IsReplaying);
            await context.WaitForExternalEvent<int>("go");
            replaying.Add(context.IsReplaying);
            return 0;
        });
        await host.StartAsync();
        await host.ScheduleAsync("Told", 0);
        await host.Engine.WhenIdleAsync();
        await host.CrashAndRestartAsync();
        await host.Client.RaiseEventAsync("i", "go", 0);
        await host.Client.WaitForInstanceCompletionAsync("i");

        Assert.Equal([false, true, false], replaying);
    }

    [Fact]
    public async Task The_version_of_the_start_stays_for_life()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, string>("Versioned", Run, "1.0");
        await host.StartAsync();
        await host.ScheduleAsync("Versioned", 0, "old");
        await host.Engine.WhenIdleAsync();
        host.Registry = new DurableTaskRegistry();
        host.AddOrchestrator<int, string>("Versioned", Run, "2.0");
        await host.RestartAsync();
        await host.ScheduleAsync("Versioned", 0, "new");
        await host.Client.RaiseEventAsync("old", "go", 0);
        await host.Client.RaiseEventAsync("new", "go", 0);

        Assert.Equal("1.0 1.0", (await host.Client.WaitForInstanceCompletionAsync("old")).Output!.Value.GetString());
        Assert.Equal("2.0 2.0", (await host.Client.WaitForInstanceCompletionAsync("new")).Output!.Value.GetString());

        static async Task<string> Run(OrchestrationContext context, int round)
        {
            string before = context.Version;
            if (round == 0)
            {
                await context.WaitForExternalEvent<int>("go");
                context.ContinueAsNew(1);
                return string.Empty;
            }

            return $"{before} {context.Version}";
        }
    }

    [Fact]
    public async Task A_history_that_grows_too_long_fails_the_instance()
    {
        await using var host = new EngineHost { MaxHistoryEvents = 40 };
        host.AddActivity<int, int>("Double", x => x * 2);
        host.AddOrchestrator<int, int>("Forever", async (context, _) =>
        {
            while (true)
            {
                await context.CallActivityAsync(Double, 1);
            }
        });
        host.AddOrchestrator<int, int>("Burst", async (context, count) =>
        {
            for (int i = 0; i < count; i++)
            {
                _ = context.CallActivityAsync(Double, 1);
            }

            return await context.CallActivityAsync(Double, 1);
        });
        await host.StartAsync();

        OrchestrationMetadata forever = await host.RunAsync("Forever", 0, "a");
        OrchestrationMetadata burst = await host.RunAsync("Burst", 1000, "b");
        Assert.Equal(typeof(HistoryLimitExceededException).FullName, forever.FailureDetails!.ErrorType);
        Assert.Equal(typeof(HistoryLimitExceededException).FullName, burst.FailureDetails!.ErrorType);
        Assert.Contains("40 events", forever.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_that_continues_as_new_still_knows_and_answers_its_parent()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, int>("Parent", (context, x) => context.CallSubOrchestratorAsync(Child, x));
        host.AddOrchestrator<int, int>("Child", async (context, rounds) =>
        {
            await context.CreateTimer(TimeSpan.FromMinutes(1));
            context.SetCustomStatus($"{context.ParentInstanceId} {rounds}");
            if (rounds > 0)
            {
                context.ContinueAsNew(rounds - 1);
            }

            return 42;
        });
        await host.StartAsync();

        Assert.Equal("42", await host.RunToOutputAsync("Parent", 5, "p"));
        Assert.Equal("p 0", (await host.Client.GetInstanceAsync("p:1.0"))!.CustomStatus!.Value.GetString());
    }

    [Fact]
    public async Task An_input_that_cannot_be_read_fails_the_instance()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, int>("Child", (_, x) => Task.FromResult(x));
        await host.StartAsync();

        OrchestrationMetadata metadata = await host.RunAsync("Child", "no number");
        Assert.Equal(typeof(JsonException).FullName, metadata.FailureDetails!.ErrorType);
    }
}
