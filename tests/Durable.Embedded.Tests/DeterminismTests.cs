namespace FineTune.Durable.Embedded.Tests;

public sealed class DeterminismTests
{
    private static readonly ActivityName<int, int> A = new("A");
    private static readonly ActivityName<int, int> B = new("B");
    private static readonly OrchestrationName<int, int> Child = new("Child");

    /// <summary>What an orchestration does before it waits for the event "go".</summary>
    private static readonly Dictionary<string, Func<OrchestrationContext, Task>> Paths = new(StringComparer.Ordinal)
    {
        ["A"] = context => context.CallActivityAsync(A, 1),
        ["B"] = context => context.CallActivityAsync(B, 1),
        ["A with another input"] = context => context.CallActivityAsync(A, 2),
        ["A then B"] = async context =>
        {
            await context.CallActivityAsync(A, 1);
            await context.CallActivityAsync(B, 1);
        },
        ["A and B"] = context => Task.WhenAll(context.CallActivityAsync(A, 1), context.CallActivityAsync(B, 1)),
        ["B and A"] = context => Task.WhenAll(context.CallActivityAsync(B, 1), context.CallActivityAsync(A, 1)),
        ["one minute"] = context => context.CreateTimer(TimeSpan.FromMinutes(1)),
        ["two minutes"] = context => context.CreateTimer(TimeSpan.FromMinutes(2)),
        ["a canceled minute"] = context =>
        {
            using var cancellation = new CancellationTokenSource();
            _ = context.CreateTimer(TimeSpan.FromMinutes(1), cancellation.Token);
            cancellation.CancelOnThisThread();
            return Task.CompletedTask;
        },
        ["a minute nobody waits for"] = context =>
        {
            _ = context.CreateTimer(TimeSpan.FromMinutes(1));
            return Task.CompletedTask;
        },
        ["child"] = context => context.CallSubOrchestratorAsync(Child, 1),
        ["named child"] = context => context.CallSubOrchestratorAsync(Child, 1, "named"),
        ["event"] = context =>
        {
            context.SendEvent("x", "e", 1);
            return Task.CompletedTask;
        },
        ["event to another"] = context =>
        {
            context.SendEvent("y", "e", 1);
            return Task.CompletedTask;
        },
        ["nothing"] = _ => Task.CompletedTask,
        ["an exception"] = _ => throw new InvalidOperationException("early end"),
    };

    [Theory]
    [InlineData("A", "B", "history has activity 'A', the code asked for activity 'B'")]
    [InlineData("A and B", "B and A", "history has activity 'A', the code asked for activity 'B'")]
    [InlineData("A and B", "A", "history has activity 'B', the code asked for nothing")]
    [InlineData("A", "A and B", "history has nothing more in this turn, the code asked for activity 'B'")]
    [InlineData("A then B", "A", "history has activity 'B', the code asked for nothing")]
    [InlineData("A", "A then B", "history has nothing more in this turn, the code asked for activity 'B'")]
    [InlineData("A", "one minute", "history has activity 'A', the code asked for a timer")]
    [InlineData("one minute", "A", "history has a timer for 2026-01-05T09:01:00.0000000+00:00, the code asked for activity 'A'")]
    [InlineData("a canceled minute", "a minute nobody waits for", "history has the cancellation of timer 0, the code asked for nothing")]
    [InlineData("a minute nobody waits for", "a canceled minute", "history has nothing more in this turn, the code asked for the cancellation of timer 0")]
    [InlineData("child", "A", "history has sub-orchestration 'Child' with id 'i:1.0', the code asked for activity 'A'")]
    [InlineData("child", "named child", "the code asked for sub-orchestration 'Child' with id 'named'")]
    [InlineData("event", "event to another", "history has event 'e' to instance 'x', the code asked for event 'e' to instance 'y'")]
    [InlineData("A", "nothing", "history has activity 'A', the code asked for nothing")]
    [InlineData("nothing", "A", "history has nothing more in this turn, the code asked for activity 'A'")]
    [InlineData("A", "an exception", "history has activity 'A', the code asked for nothing")]
    public async Task Code_that_left_the_path_of_its_history_fails_the_instance(string before, string after, string message)
    {
        OrchestrationMetadata metadata = await ChangeCodeUnderWayAsync(before, after);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, metadata.RuntimeStatus);
        Assert.Equal(typeof(NonDeterministicOrchestrationException).FullName, metadata.FailureDetails!.ErrorType);
        Assert.Contains("Orchestration 'Changing' of instance 'i' left the path of its history at event ", metadata.FailureDetails.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains(message, metadata.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A", "A")]
    [InlineData("A then B", "A then B")]
    [InlineData("A", "A with another input")]
    [InlineData("one minute", "two minutes")]
    public async Task Code_on_the_path_of_its_history_goes_on(string before, string after)
    {
        OrchestrationMetadata metadata = await ChangeCodeUnderWayAsync(before, after);

        Assert.True(metadata.RuntimeStatus == OrchestrationRuntimeStatus.Completed, metadata.FailureDetails?.ErrorMessage);
    }

    [Fact]
    public async Task Code_that_ends_where_its_history_goes_on_fails_the_instance()
    {
        await using EngineHost host = Host(async context => await context.CallActivityAsync(A, 1));
        await host.StartAsync();
        await host.ScheduleAsync("Changing", 0);
        await host.Engine.WhenIdleAsync();
        await host.Engine.DisposeAsync();
        host.Registry = new DurableTaskRegistry();
        host.AddActivity<int, int>("A", x => x);
        host.AddOrchestrator<int, int>("Changing", async (context, _) =>
        {
            await Task.WhenAny(context.CallActivityAsync(A, 1), Task.CompletedTask);
            return 1;
        });
        await host.StartAsync();
        await host.Client.RaiseEventAsync("i", "go", 1);

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Contains("received while the execution was under way, the code asked for the end of the execution", metadata.FailureDetails?.ErrorMessage, StringComparison.Ordinal);
    }

    public static TheoryData<string> ForeignTasks => [.. Foreign.Keys];

    private static readonly Dictionary<string, Func<OrchestrationContext, Task>> Foreign = new(StringComparer.Ordinal)
    {
        ["Task.Delay"] = _ => Task.Delay(Timeout.Infinite),
        ["Task.Run"] = _ => Task.Run(() => new TaskCompletionSource().Task),
        ["a continuation on the thread pool"] = context => context.CallActivityAsync(A, 1).ContinueWith(t => t.Result, TaskScheduler.Default),
        ["a task of its own"] = _ => new TaskCompletionSource().Task,
        ["ConfigureAwait(false)"] = async context => await context.CallActivityAsync(A, 1).ConfigureAwait(false),
        ["CancelAsync"] = async context =>
        {
            using var cancellation = new CancellationTokenSource();
            Task timer = context.CreateTimer(TimeSpan.FromDays(365), cancellation.Token);
            await cancellation.CancelAsync();
            await timer;
        },
        ["its context on another thread"] = context => Task.Run(() => context.NewGuid()),
    };

    [Theory]
    [MemberData(nameof(ForeignTasks))]
    public async Task Waiting_for_a_foreign_task_fails_the_instance(string what)
    {
        await using EngineHost host = Host(Foreign[what]);
        await host.StartAsync();
        using IDisposable hold = host.Skipping.Hold();

        OrchestrationMetadata metadata = await host.RunAsync("Changing", 0);
        Assert.Equal(typeof(NonDeterministicOrchestrationException).FullName, metadata.FailureDetails!.ErrorType);
        Assert.Contains("waits for a task that its context did not give it", metadata.FailureDetails.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_task_that_ends_long_after_the_turn_fails_the_instance()
    {
        var gate = new TaskCompletionSource();
        await FailsLaterAsync(
            async context =>
            {
                _ = context.CreateTimer(TimeSpan.FromDays(1));
                await gate.Task;
            },
            gate.SetResult);
    }

    [Fact]
    public async Task A_token_canceled_by_somebody_else_fails_the_instance()
    {
        using var cancellation = new CancellationTokenSource();
        await FailsLaterAsync(context => context.CreateTimer(TimeSpan.FromDays(1), cancellation.Token), cancellation.Cancel);
    }

    [Fact]
    public async Task An_exception_that_an_async_void_method_let_go_fails_the_instance()
    {
        await using EngineHost host = Host(async context =>
        {
            Nobody(context);
            await context.CreateTimer(TimeSpan.FromDays(1));

            static async void Nobody(OrchestrationContext context)
            {
                await context.CallActivityAsync(A, 1);
                throw new InvalidOperationException("let go");
            }
        });
        await host.StartAsync();

        OrchestrationMetadata metadata = await host.RunAsync("Changing", 0);
        Assert.Equal("let go", metadata.FailureDetails!.ErrorMessage);
    }

    [Fact]
    public async Task Combinations_of_own_tasks_and_yields_are_no_foreign_tasks()
    {
        await using EngineHost host = Host(async context =>
        {
            await Task.Yield();
            Task<int> first = context.CallActivityAsync(A, 1);
            Task<int> second = context.CallActivityAsync(B, 2);
            await await Task.WhenAny(first, second);
            await Task.WhenAll(first, second);
        });
        await host.StartAsync();
        await host.ScheduleAsync("Changing", 0);
        await host.Client.RaiseEventAsync("i", "go", 1);

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.True(metadata.RuntimeStatus == OrchestrationRuntimeStatus.Completed, metadata.FailureDetails?.ErrorMessage);
    }

    [Fact]
    public async Task What_the_caller_has_in_its_execution_context_does_not_reach_orchestrations_and_activities()
    {
        var ambient = new AsyncLocal<string>();
        List<string?> seen = [];
        await using var host = new EngineHost();
        host.AddActivity<int, int>("A", x =>
        {
            seen.Add(ambient.Value);
            return x;
        });
        host.AddOrchestrator<int, int>("Ambient", (context, x) =>
        {
            seen.Add(ambient.Value);
            return context.CallActivityAsync(A, x);
        });
        await host.StartAsync();
        ambient.Value = "the caller's";
        await host.RunAsync("Ambient", 1);

        Assert.Equal([null, null], seen);
    }

    private static async Task FailsLaterAsync(Func<OrchestrationContext, Task> path, Action disturb)
    {
        await using EngineHost host = Host(path);
        await host.StartAsync();
        using IDisposable hold = host.Skipping.Hold();
        await host.ScheduleAsync("Changing", 0);
        await host.Engine.WhenIdleAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await host.Client.GetInstanceAsync("i"))!.RuntimeStatus);

        disturb();
        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Contains("waits for a task that its context did not give it", metadata.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    private static EngineHost Host(Func<OrchestrationContext, Task> path)
    {
        var host = new EngineHost();
        Register(host, path);
        return host;
    }

    private static void Register(EngineHost host, Func<OrchestrationContext, Task> path)
    {
        host.AddActivity<int, int>("A", x => x);
        host.AddActivity<int, int>("B", x => x);
        host.AddOrchestrator<int, int>("Child", (_, x) => Task.FromResult(x));
        host.AddOrchestrator<int, int>("Changing", async (context, _) =>
        {
            await path(context);
            return await context.WaitForExternalEvent<int>("go");
        });
    }

    private static async Task<OrchestrationMetadata> ChangeCodeUnderWayAsync(string before, string after)
    {
        await using EngineHost host = Host(Paths[before]);
        await host.StartAsync();
        await host.ScheduleAsync("Changing", 0);
        using IDisposable hold = await host.Skipping.HoldAtAsync(EngineHost.Start.AddMinutes(10));
        await host.Engine.DisposeAsync();
        host.Registry = new DurableTaskRegistry();
        Register(host, Paths[after]);
        await host.StartAsync();
        await host.Client.RaiseEventAsync("i", "go", 1);
        return await host.Client.WaitForInstanceCompletionAsync("i");
    }
}
