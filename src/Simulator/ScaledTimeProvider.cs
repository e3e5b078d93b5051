namespace FineTune.Simulator;

/// <summary>A clock that runs faster or slower than the real one from an anchor on. Timers fire accordingly.</summary>
/// <param name="inner">The real clock.</param>
/// <param name="realAnchor">A moment of the real clock.</param>
/// <param name="anchor">What this clock shows at that moment.</param>
/// <param name="speed">Simulated seconds in a real second, above 0.</param>
public sealed class ScaledTimeProvider(TimeProvider inner, DateTimeOffset realAnchor, DateTimeOffset anchor, double speed) : TimeProvider
{
    private readonly double _speed = speed > 0 && double.IsFinite(speed) ? speed : throw new ArgumentOutOfRangeException(nameof(speed), speed, "The speed has to be a number above 0.");

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => anchor + ((inner.GetUtcNow() - realAnchor) * _speed);

    /// <inheritdoc/>
    public override long GetTimestamp() => (long)(inner.GetElapsedTime(0).Ticks * _speed);

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new ScaledTimer(inner.CreateTimer(callback, state, Real(dueTime), Real(period)), this);

    private TimeSpan Real(TimeSpan simulated)
    {
        if (simulated == Timeout.InfiniteTimeSpan || simulated == TimeSpan.Zero)
        {
            return simulated;
        }

        // Rounded up: a timer must not fire before its time. Real timers wait 49 days at most.
        double milliseconds = Math.Ceiling(simulated.TotalMilliseconds / _speed);
        return TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 1, uint.MaxValue - 1d));
    }

    private sealed class ScaledTimer(ITimer inner, ScaledTimeProvider clock) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(clock.Real(dueTime), clock.Real(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
