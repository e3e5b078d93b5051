namespace FineTune.Durable.Embedded.Tests;

public sealed class ActivityTests
{
    private static readonly ActivityName<int, int> Double = new("Double");
    private static readonly ActivityName<string, string> Flaky = new("Flaky");

    [Fact]
    public async Task Activities_in_sequence_pass_their_results_on()
    {
        await using var host = new EngineHost();
        host.AddActivity<int, int>("Double", x => x * 2);
        host.AddOrchestrator<int, int>("Chain", async (context, input) =>
        {
            int value = input;
            for (int i = 0; i < 5; i++)
            {
                value = await context.CallActivityAsync(Double, value);
            }

            return value;
        });
        await host.StartAsync();

        Assert.Equal("96", await host.RunToOutputAsync("Chain", 3));
    }

    [Fact]
    public async Task Activities_side_by_side_are_all_awaited()
    {
        await using var host = new EngineHost();
        host.AddActivity<int, int>("Double", x => x * 2);
        host.AddOrchestrator<int, int>("FanOut", async (context, count) =>
        {
            int[] results = await Task.WhenAll(Enumerable.Range(1, count).Select(i => context.CallActivityAsync(Double, i)));
            return results.Sum();
        });
        await host.StartAsync();

        Assert.Equal("10100", await host.RunToOutputAsync("FanOut", 100));
    }

    [Fact]
    public async Task No_more_activities_run_at_once_than_allowed()
    {
        await using var host = new EngineHost { MaxConcurrentActivities = 3 };
        var release = new TaskCompletionSource();
        int running = 0;
        int most = 0;
        host.AddActivity<int, int>("Double", async (_, x, _) =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            if (now == 3)
            {
                release.TrySetResult();
            }

            await release.Task;
            Interlocked.Decrement(ref running);
            return x * 2;
        });
        host.AddOrchestrator<int, int>("FanOut", async (context, count) =>
            (await Task.WhenAll(Enumerable.Range(1, count).Select(i => context.CallActivityAsync(Double, i)))).Sum());
        await host.StartAsync();

        await host.RunToOutputAsync("FanOut", 40);
        Assert.Equal(3, most);
    }

    [Fact]
    public async Task A_failed_activity_fails_the_call_with_its_details()
    {
        await using var host = new EngineHost();
        host.AddActivity<string, string>("Flaky", new Func<string, string>(_ => throw new FormatException("no good")));
        host.AddOrchestrator<int, string>("Catch", async (context, _) =>
        {
            try
            {
                return await context.CallActivityAsync(Flaky, "x");
            }
            catch (TaskFailedException e)
            {
                return $"{e.TaskName}|{e.FailureDetails.ErrorType}|{e.FailureDetails.ErrorMessage}";
            }
        });
        await host.StartAsync();

        Assert.Equal("\"Flaky|System.FormatException|no good\"", await host.RunToOutputAsync("Catch", 0));
    }

    [Fact]
    public async Task An_uncaught_failure_fails_the_instance()
    {
        await using var host = new EngineHost();
        host.AddActivity<string, string>("Flaky", new Func<string, string>(_ => throw new FormatException("no good")));
        host.AddOrchestrator<int, string>("NoCatch", (context, _) => context.CallActivityAsync(Flaky, "x"));
        await host.StartAsync();

        OrchestrationMetadata metadata = await host.RunAsync("NoCatch", 0);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, metadata.RuntimeStatus);
        Assert.Equal(typeof(TaskFailedException).FullName, metadata.FailureDetails!.ErrorType);
        Assert.Equal("Flaky failed: no good", metadata.FailureDetails.ErrorMessage);
        Assert.Null(metadata.Output);
    }

    [Fact]
    public async Task Retries_wait_on_durable_timers_and_grow()
    {
        await using var host = new EngineHost();
        List<DateTimeOffset> attempts = [];
        host.AddActivity<string, string>("Flaky", _ =>
        {
            attempts.Add(host.Time.GetUtcNow());
            return attempts.Count < 4 ? throw new IOException("again") : "done";
        });
        var retry = new RetryPolicy { MaxNumberOfAttempts = 5, FirstRetryInterval = TimeSpan.FromMinutes(1), BackoffCoefficient = 2, MaxRetryInterval = TimeSpan.FromMinutes(3) };
        host.AddOrchestrator<int, string>("Retry", (context, _) => context.CallActivityAsync(Flaky, "x", retry));
        await host.StartAsync();

        Assert.Equal("\"done\"", await host.RunToOutputAsync("Retry", 0));
        Assert.Equal([0, 1, 3, 6], attempts.Select(at => (at - EngineHost.Start).TotalMinutes));
    }

    [Fact]
    public async Task Retries_end_after_the_last_attempt()
    {
        await using var host = new EngineHost();
        int attempts = 0;
        host.AddActivity<string, string>("Flaky", _ => throw new IOException($"attempt {++attempts}"));
        host.AddOrchestrator<int, string>("Retry", (context, _) =>
            context.CallActivityAsync(Flaky, "x", new RetryPolicy { MaxNumberOfAttempts = 3 }));
        await host.StartAsync();

        OrchestrationMetadata metadata = await host.RunAsync("Retry", 0);
        Assert.Equal("Flaky failed: attempt 3", metadata.FailureDetails!.ErrorMessage);
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task An_unknown_activity_fails_the_call_by_name()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, int>("Unknown", (context, x) => context.CallActivityAsync(Double, x));
        await host.StartAsync();

        OrchestrationMetadata metadata = await host.RunAsync("Unknown", 1);
        Assert.Contains("No activity named 'Double' is registered", metadata.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_activity_knows_who_asked()
    {
        await using var host = new EngineHost();
        host.AddActivity<string, string>("Flaky", (context, _, _) => Task.FromResult($"{context.InstanceId}/{context.Name}"));
        host.AddOrchestrator<int, string>("Ask", (context, _) => context.CallActivityAsync(Flaky, "x"));
        await host.StartAsync();

        Assert.Equal("\"run-7/Flaky\"", await host.RunToOutputAsync("Ask", 0, "run-7"));
    }

    [Fact]
    public async Task Stopping_hands_running_activities_back_and_the_next_engine_runs_them_again()
    {
        await using var host = new EngineHost();
        var started = new TaskCompletionSource();
        int runs = 0;
        host.AddActivity<string, string>("Flaky", async (_, _, cancellationToken) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
            {
                started.SetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return "second run";
        });
        host.AddOrchestrator<int, string>("Ask", (context, _) => context.CallActivityAsync(Flaky, "x"));
        await host.StartAsync();

        await host.ScheduleAsync("Ask", 0);
        await started.Task;
        await host.RestartAsync();

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Equal("\"second run\"", metadata.Output?.GetRawText());
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task An_activity_that_ignores_cancellation_is_handed_back_when_the_patience_ends()
    {
        await using var host = new EngineHost();
        var started = new TaskCompletionSource();
        var release = new TaskCompletionSource<string>();
        int runs = 0;
        host.AddActivity<string, string>("Flaky", (_, _, _) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
            {
                started.SetResult();
                return release.Task;
            }

            return Task.FromResult("second run");
        });
        host.AddOrchestrator<int, string>("Ask", (context, _) => context.CallActivityAsync(Flaky, "x"));
        await host.StartAsync();

        await host.ScheduleAsync("Ask", 0);
        await started.Task;
        await host.Engine.StopAsync(new CancellationToken(canceled: true));
        release.SetResult("too late");
        await host.StartAsync();

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Equal("\"second run\"", metadata.Output?.GetRawText());
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
