using FineTune.LocalHost.Hosting;

namespace FineTune.LocalHost.Tests;

public sealed class PersistentClockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StandingClock _real = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_without_speed_has_real_time()
    {
        (TimeProvider clock, double speed) = PersistentClock.Open(_folder.FullName, speed: null, _real);

        Assert.Same(_real, clock);
        Assert.Equal(1, speed);
        Assert.Empty(Directory.EnumerateFiles(_folder.FullName));
    }

    [Fact]
    public void Time_runs_on_at_the_same_speed_while_the_host_is_dead()
    {
        PersistentClock.Open(_folder.FullName, 60, _real);
        DateTimeOffset start = _real.Now;
        _real.Now += TimeSpan.FromMinutes(10);

        (TimeProvider clock, double speed) = PersistentClock.Open(_folder.FullName, speed: null, _real);

        Assert.Equal(60, speed);
        Assert.Equal(start + TimeSpan.FromHours(10), clock.GetUtcNow());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.5)]
    [InlineData(600)]
    public void Another_speed_goes_on_from_where_time_was(double speed)
    {
        PersistentClock.Open(_folder.FullName, 60, _real);
        DateTimeOffset start = _real.Now;
        _real.Now += TimeSpan.FromMinutes(10);

        (TimeProvider clock, _) = PersistentClock.Open(_folder.FullName, speed, _real);
        Assert.Equal(start + TimeSpan.FromHours(10), clock.GetUtcNow());
        _real.Now += TimeSpan.FromSeconds(2);
        (TimeProvider again, _) = PersistentClock.Open(_folder.FullName, speed: null, _real);

        Assert.Equal(start + TimeSpan.FromHours(10) + TimeSpan.FromSeconds(2 * speed), again.GetUtcNow());
    }

    [Fact]
    public void A_real_clock_that_was_set_back_does_not_take_time_back()
    {
        PersistentClock.Open(_folder.FullName, 60, _real);
        DateTimeOffset start = _real.Now;
        _real.Now -= TimeSpan.FromHours(1);

        (TimeProvider clock, _) = PersistentClock.Open(_folder.FullName, speed: null, _real);

        Assert.Equal(start, clock.GetUtcNow());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"real":"2026-11-22T08:00:00Z","virtual":"2026-11-22T08:00:00Z","speed":0}""")]
    public void An_anchor_that_cannot_be_read_is_an_error_that_names_the_file(string text)
    {
        _folder.Write("clock.json", text);

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => PersistentClock.Open(_folder.FullName, speed: null, _real));

        Assert.Contains("clock.json", error.Message, StringComparison.Ordinal);
    }

    private sealed class StandingClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
