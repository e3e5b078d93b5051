using FineTune.LocalHost.Offline;
using FineTune.LocalHost.Output;

namespace FineTune.LocalHost.Tests;

public sealed class ReadingProgressTests
{
    private readonly StringWriter _writer = new();
    private readonly SteppedTime _time = new();

    [Fact]
    public void What_takes_less_than_two_seconds_says_nothing()
    {
        using (ReadingProgress progress = Start(isTerminal: false))
        {
            progress.Report(500_000_000);
            _time.Advance(TimeSpan.FromSeconds(1.9));
        }

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_writer.ToString());
    }

    [Fact]
    public void Without_a_terminal_there_is_a_line_after_two_seconds_and_then_every_ten()
    {
        using ReadingProgress progress = Start(isTerminal: false);
        progress.Report(500_000_000);
        _time.Advance(TimeSpan.FromSeconds(2));
        progress.Report(1_200_000_000);
        _time.Advance(TimeSpan.FromSeconds(10));
        progress.Report(2_000_000_000);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(
            [" 25 %  500.0 MB of 2.0 GB, 250.0 MB/s", " 60 %  1.2 GB of 2.0 GB, 100.0 MB/s", "100 % of 2.0 GB read; the last rows are being checked"],
            _writer.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd()));
    }

    [Fact]
    public void On_a_terminal_a_line_is_written_over_and_nothing_of_it_is_left()
    {
        using (ReadingProgress progress = Start(isTerminal: true))
        {
            progress.Report(999_000_000);
            _time.Advance(TimeSpan.FromSeconds(2));
            progress.Report(1_000_000_000);
            _time.Advance(TimeSpan.FromSeconds(0.25));
        }

        string[] lines = _writer.ToString().Split('\r');
        Assert.DoesNotContain('\n', _writer.ToString());
        Assert.Equal(lines[1].Length, lines[2].Length);
        Assert.Equal("", lines[3].Trim());
        Assert.InRange(lines[3].Length, lines[2].TrimEnd().Length, 80);
        Assert.Equal("", lines[4]);
    }

    private ReadingProgress Start(bool isTerminal) => new(Screen.On(_writer, isTerminal), _time, total: 2_000_000_000);

    /// <summary>Time that goes on when it is told to, with at most one timer.</summary>
    private sealed class SteppedTime : TimeProvider
    {
        private TimeSpan _now;
        private TimeSpan _due = TimeSpan.MaxValue;
        private TimeSpan _period;
        private TimerCallback? _callback;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_callback, _due, _period) = (callback, _now + dueTime, period);
            return new Timer(() => _callback = null);
        }

        public void Advance(TimeSpan time)
        {
            TimeSpan end = _now + time;
            for (; _callback is not null && _due <= end; _due += _period)
            {
                _now = _due;
                _callback(null);
            }

            _now = end;
        }

        private sealed class Timer(Action stop) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

            public void Dispose() => stop();

            public ValueTask DisposeAsync()
            {
                stop();
                return ValueTask.CompletedTask;
            }
        }
    }
}
