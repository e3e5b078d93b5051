namespace FineTune.Durable.Embedded.Tests;

public sealed class TimeProviderTests
{
    private static readonly DateTimeOffset Start = EngineHost.Start;

    [Fact]
    public async Task Skipping_time_jumps_to_the_next_timer()
    {
        var time = new SkippingTimeProvider(Start);
        long before = time.GetTimestamp();

        await Task.Delay(TimeSpan.FromDays(40), time);

        Assert.Equal(Start.AddDays(40), time.GetUtcNow());
        Assert.Equal(TimeSpan.FromDays(40), time.GetElapsedTime(before));
    }

    [Fact]
    public async Task Skipping_time_stands_still_while_it_is_held_but_fires_what_is_due()
    {
        var time = new SkippingTimeProvider(Start);
        Task later;
        using (time.Hold())
        {
            later = Task.Delay(TimeSpan.FromSeconds(1), time);
            await FireAsync(time, TimeSpan.Zero);
            Assert.False(later.IsCompleted);
            Assert.Equal(Start, time.GetUtcNow());
        }

        await later;
        Assert.Equal(Start.AddSeconds(1), time.GetUtcNow());
    }

    [Fact]
    public async Task Skipping_time_is_held_until_the_last_holder_lets_go()
    {
        var time = new SkippingTimeProvider(Start);
        IDisposable first = time.Hold();
        IDisposable second = time.Hold();
        Task later = Task.Delay(TimeSpan.FromSeconds(1), time);
        first.Dispose();
        first.Dispose();
        await FireAsync(time, TimeSpan.Zero);
        Assert.False(later.IsCompleted);

        second.Dispose();
        await later;
    }

    [Fact]
    public async Task Skipping_time_can_be_held_at_a_moment()
    {
        var time = new SkippingTimeProvider(Start);
        IDisposable preparing = time.Hold();
        await using ITimer period = time.CreateTimer(_ => { }, null, TimeSpan.FromMinutes(7), TimeSpan.FromMinutes(7));
        Task<IDisposable> reached = time.HoldAtAsync(Start.AddHours(1));
        preparing.Dispose();

        using (await reached)
        {
            Assert.Equal(Start.AddHours(1), time.GetUtcNow());
        }
    }

    [Fact]
    public async Task Holding_at_a_moment_can_be_given_up()
    {
        var time = new SkippingTimeProvider(Start);
        using IDisposable hold = time.Hold();
        using var cancellation = new CancellationTokenSource();
        Task<IDisposable> waiting = time.HoldAtAsync(Start.AddHours(1), cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Skipping_timers_fire_in_order_repeat_change_and_stop()
    {
        var time = new SkippingTimeProvider(Start);
        List<string> fired = [];
        var done = new TaskCompletionSource();
        IDisposable hold = time.Hold();
        ITimer? period = null;
        period = time.CreateTimer(_ => Record("period"), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        ITimer changed = time.CreateTimer(_ => Record("changed"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        ITimer stopped = time.CreateTimer(_ => Record("stopped"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        ITimer last = time.CreateTimer(_ => Record("last"), null, TimeSpan.FromSeconds(6), Timeout.InfiniteTimeSpan);
        Assert.True(changed.Change(TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan));
        await stopped.DisposeAsync();
        Assert.False(stopped.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        hold.Dispose();
        await done.Task;

        Assert.Equal(["2 period", "3 changed", "4 period", "6 last"], fired);
        await changed.DisposeAsync();
        await last.DisposeAsync();

        void Record(string name)
        {
            double second = (time.GetUtcNow() - Start).TotalSeconds;
            fired.Add(FormattableString.Invariant($"{second} {name}"));
            if (second >= 4)
            {
                period!.Dispose();
            }

            if (second >= 6)
            {
                done.SetResult();
            }
        }
    }

    [Fact]
    public void Scaled_time_runs_by_its_factor_from_its_anchors()
    {
        var real = new ManualTimeProvider(Start);
        var time = new ScaledTimeProvider(Start.AddDays(-1), Start, 60, real);
        Assert.Equal(Start.AddDays(60), time.GetUtcNow());
        long before = time.GetTimestamp();

        real.Advance(TimeSpan.FromSeconds(90));

        Assert.Equal(Start.AddDays(60).AddMinutes(90), time.GetUtcNow());
        Assert.Equal(TimeSpan.FromMinutes(90), time.GetElapsedTime(before));
    }

    [Fact]
    public void Scaled_timers_are_never_early_and_repeat()
    {
        var real = new ManualTimeProvider(Start);
        var time = new ScaledTimeProvider(Start, Start, 1000, real);
        List<double> fired = [];
        using ITimer timer = time.CreateTimer(_ => fired.Add((time.GetUtcNow() - Start).TotalSeconds), null, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(10));

        real.Advance(TimeSpan.FromMilliseconds(25));
        Assert.Equal([2, 12, 22], fired);

        timer.Change(TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        real.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal([2, 12, 22, 28], fired);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NaN)]
    public void A_scale_that_is_none_is_refused(double factor) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScaledTimeProvider(Start, Start, factor));

    [Fact]
    public async Task An_engine_runs_on_scaled_time()
    {
        await using var host = new EngineHost { Time = new ScaledTimeProvider(TimeProvider.System.GetUtcNow(), Start, 1_000_000) };
        host.AddOrchestrator<int, double>("Wait", async (context, days) =>
        {
            DateTimeOffset before = context.CurrentUtcDateTime;
            await context.CreateTimer(TimeSpan.FromDays(days));
            return (context.CurrentUtcDateTime - before).TotalDays;
        });
        await host.StartAsync();

        OrchestrationMetadata metadata = await host.RunAsync("Wait", 1);
        Assert.True(metadata.Output!.Value.GetDouble() >= 1);
    }

    private static async Task FireAsync(SkippingTimeProvider time, TimeSpan after)
    {
        var fired = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ITimer timer = time.CreateTimer(_ => fired.SetResult(), null, after, Timeout.InfiniteTimeSpan);
        await fired.Task;
    }
}
