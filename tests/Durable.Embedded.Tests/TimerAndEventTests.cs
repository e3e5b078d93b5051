namespace FineTune.Durable.Embedded.Tests;

public sealed class TimerAndEventTests
{
    [Fact]
    public async Task A_timer_of_thirty_days_fires_at_its_time_and_costs_no_time()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, DateTimeOffset>("Wait", async (context, days) =>
        {
            await context.CreateTimer(TimeSpan.FromDays(days));
            return context.CurrentUtcDateTime;
        });
        await host.StartAsync();

        OrchestrationMetadata metadata = await host.RunAsync("Wait", 30);
        Assert.Equal(EngineHost.Start.AddDays(30), metadata.Output!.Value.GetDateTimeOffset());
    }

    [Fact]
    public async Task A_timer_in_the_past_fires_at_once()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, DateTimeOffset>("Wait", async (context, _) =>
        {
            await context.CreateTimer(context.CurrentUtcDateTime.AddDays(-1));
            return context.CurrentUtcDateTime;
        });
        await host.StartAsync();

        OrchestrationMetadata metadata = await host.RunAsync("Wait", 0);
        Assert.Equal(EngineHost.Start, metadata.Output!.Value.GetDateTimeOffset());
    }

    [Fact]
    public async Task Timers_fire_in_the_order_of_their_time()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int[], string>("Race", async (context, minutes) =>
        {
            List<int> order = [];
            await Task.WhenAll(minutes.Select(async m =>
            {
                await context.CreateTimer(TimeSpan.FromMinutes(m));
                order.Add(m);
            }));
            return string.Join(' ', order);
        });
        await host.StartAsync();

        Assert.Equal("\"1 2 3 5 8\"", await host.RunToOutputAsync("Race", new[] { 5, 1, 8, 3, 2 }));
    }

    [Fact]
    public async Task A_timer_goes_on_after_a_restart()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, DateTimeOffset>("Wait", async (context, minutes) =>
        {
            await context.CreateTimer(TimeSpan.FromMinutes(minutes));
            return context.CurrentUtcDateTime;
        });
        await host.StartAsync();
        IDisposable hold = host.Skipping.Hold();
        await host.ScheduleAsync("Wait", 90);
        await host.Engine.WhenIdleAsync();
        await host.CrashAndRestartAsync();
        hold.Dispose();

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Equal(EngineHost.Start.AddMinutes(90), metadata.Output!.Value.GetDateTimeOffset());
    }

    [Fact]
    public async Task A_canceled_timer_ends_as_canceled_and_draws_no_time_on()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, string>("Cancel", async (context, _) =>
        {
            using var cancellation = new CancellationTokenSource();
            Task timer = context.CreateTimer(TimeSpan.FromDays(1), cancellation.Token);
            Task<string> answer = context.WaitForExternalEvent<string>("answer");
            Task first = await Task.WhenAny(timer, answer);
            cancellation.CancelOnThisThread();
            return $"{first == answer} {timer.IsCanceled} {await answer}";
        });
        await host.StartAsync();
        using (host.Skipping.Hold())
        {
            await host.ScheduleAsync("Cancel", 0);
            await host.Client.RaiseEventAsync("i", "answer", "yes");
        }

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Equal("\"True True yes\"", metadata.Output?.GetRawText());
        await host.Engine.WhenIdleAsync();
        Assert.Equal(EngineHost.Start, host.Time.GetUtcNow());
    }

    [Fact]
    public async Task Events_are_kept_until_somebody_waits_first_come_first_served_ignoring_case()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, string>("Late", async (context, _) =>
        {
            await context.CreateTimer(TimeSpan.FromHours(1));
            int a = await context.WaitForExternalEvent<int>("NUMBER");
            int b = await context.WaitForExternalEvent<int>("number");
            string other = await context.WaitForExternalEvent<string>("Other");
            int c = await context.WaitForExternalEvent<int>("Number");
            return $"{a} {b} {other} {c}";
        });
        await host.StartAsync();
        using (host.Skipping.Hold())
        {
            await host.ScheduleAsync("Late", 0);
            await host.Client.RaiseEventAsync("i", "number", 1);
            await host.Client.RaiseEventAsync("i", "other", "x");
            await host.Client.RaiseEventAsync("i", "Number", 2);
            await host.Client.RaiseEventAsync("i", "nUmber", 3);
        }

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Equal("\"1 2 x 3\"", metadata.Output?.GetRawText());
    }

    [Fact]
    public async Task Waiters_of_one_name_are_served_in_the_order_of_waiting()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, string>("Two", async (context, _) =>
        {
            Task<int> first = context.WaitForExternalEvent<int>("n");
            Task<int> second = context.WaitForExternalEvent<int>("N");
            await Task.WhenAll(first, second);
            return $"{await first} {await second}";
        });
        await host.StartAsync();
        await host.ScheduleAsync("Two", 0);
        await host.Client.RaiseEventAsync("i", "n", 1);
        await host.Client.RaiseEventAsync("i", "n", 2);

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Equal("\"1 2\"", metadata.Output?.GetRawText());
    }

    [Fact]
    public async Task A_canceled_wait_takes_no_event()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, string>("GiveUp", async (context, _) =>
        {
            using var cancellation = new CancellationTokenSource();
            Task<int> abandoned = context.WaitForExternalEvent<int>("n", cancellation.Token);
            await context.CreateTimer(TimeSpan.FromHours(1));
            cancellation.CancelOnThisThread();
            int taken = await context.WaitForExternalEvent<int>("n");
            return $"{abandoned.IsCanceled} {taken}";
        });
        await host.StartAsync();
        await host.ScheduleAsync("GiveUp", 0);
        using (await host.Skipping.HoldAtAsync(EngineHost.Start.AddHours(2)))
        {
            await host.Client.RaiseEventAsync("i", "n", 42);
        }

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Equal("\"True 42\"", metadata.Output?.GetRawText());
    }

    [Fact]
    public async Task An_event_for_nobody_or_for_an_ended_instance_is_refused()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, int>("Echo", (_, x) => Task.FromResult(x));
        await host.StartAsync();
        await host.RunAsync("Echo", 1);

        Assert.False(await host.Client.RaiseEventAsync("nobody", "e", 1));
        Assert.False(await host.Client.RaiseEventAsync("i", "e", 1));
    }

    [Fact]
    public async Task An_event_of_the_wrong_shape_fails_the_wait_with_its_name()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<int, int>("Number", (context, _) => context.WaitForExternalEvent<int>("number"));
        await host.StartAsync();
        await host.ScheduleAsync("Number", 0);
        await host.Client.RaiseEventAsync("i", "number", "not a number");

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Contains("What 'number' gave cannot be read as System.Int32", metadata.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instances_send_each_other_events()
    {
        await using var host = new EngineHost();
        host.AddOrchestrator<string, string>("Ping", async (context, other) =>
        {
            context.SendEvent(other, "ping", context.InstanceId);
            context.SendEvent("nobody", "ping", context.InstanceId);
            return await context.WaitForExternalEvent<string>("pong");
        });
        host.AddOrchestrator<int, string>("Pong", async (context, _) =>
        {
            string from = await context.WaitForExternalEvent<string>("ping");
            context.SendEvent(from, "pong", "hello " + from);
            return from;
        });
        await host.StartAsync();
        await host.ScheduleAsync("Pong", 0, "b");

        Assert.Equal("\"hello a\"", await host.RunToOutputAsync("Ping", "b", "a"));
    }

    [Fact]
    public async Task More_events_and_timers_than_one_turn_takes_all_arrive_in_order()
    {
        const int Count = 2500;
        await using var host = new EngineHost();
        host.AddOrchestrator<int, bool>("Many", async (context, count) =>
        {
            Task[] timers = [.. Enumerable.Range(0, count).Select(_ => context.CreateTimer(TimeSpan.FromHours(1)))];
            bool inOrder = true;
            for (int i = 0; i < count; i++)
            {
                inOrder &= await context.WaitForExternalEvent<int>("number") == i;
            }

            await Task.WhenAll(timers);
            return inOrder && context.CurrentUtcDateTime == EngineHost.Start.AddHours(1);
        });
        await host.StartAsync();
        using (host.Skipping.Hold())
        {
            await host.ScheduleAsync("Many", Count);
            await Task.WhenAll(Enumerable.Range(0, Count).Select(i => host.Client.RaiseEventAsync("i", "number", i)));
        }

        OrchestrationMetadata metadata = await host.Client.WaitForInstanceCompletionAsync("i");
        Assert.Equal("true", metadata.Output?.GetRawText());
    }
}
