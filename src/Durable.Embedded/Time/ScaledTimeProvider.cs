namespace FineTune.Durable.Embedded;

/// <summary>
/// A clock that runs faster (or slower) than the real one: at <c>anchorReal</c> it shows <c>anchorVirtual</c>, and each real
/// second is <c>factor</c> of its seconds. Kept anchors let it go on where it was after a restart. Thread-safe.
/// </summary>
public sealed class ScaledTimeProvider : TimeProvider
{
    private readonly DateTimeOffset _anchorReal;
    private readonly DateTimeOffset _anchorVirtual;
    private readonly double _factor;
    private readonly TimeProvider _real;
    private readonly long _startTimestamp;

    /// <summary>Creates the clock.</summary>
    /// <param name="anchorReal">A real moment.</param>
    /// <param name="anchorVirtual">What this clock shows at that moment.</param>
    /// <param name="factor">Seconds of this clock in a real second; more than zero.</param>
    /// <param name="real">The real clock; the system's when null.</param>
    public ScaledTimeProvider(DateTimeOffset anchorReal, DateTimeOffset anchorVirtual, double factor, TimeProvider? real = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        if (!double.IsFinite(factor))
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "The factor is a finite number.");
        }

        _anchorReal = anchorReal;
        _anchorVirtual = anchorVirtual;
        _factor = factor;
        _real = real ?? System;
        _startTimestamp = _real.GetTimestamp();
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => _real.LocalTimeZone;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => (_anchorVirtual + ((_real.GetUtcNow() - _anchorReal) * _factor)).ToUniversalTime();

    /// <inheritdoc/>
    public override long GetTimestamp() => (_real.GetElapsedTime(_startTimestamp) * _factor).Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new ScaledTimer(this, _real.CreateTimer(callback, state, ToReal(dueTime), ToReal(period)));

    // Up to the next millisecond, the grain of the system's timers: a timer is never early.
    private TimeSpan ToReal(TimeSpan interval) =>
        interval <= TimeSpan.Zero ? interval : TimeSpan.FromMilliseconds(Math.Ceiling((interval / _factor).TotalMilliseconds));

    private sealed class ScaledTimer(ScaledTimeProvider owner, ITimer real) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => real.Change(owner.ToReal(dueTime), owner.ToReal(period));

        public void Dispose() => real.Dispose();

        public ValueTask DisposeAsync() => real.DisposeAsync();
    }
}
