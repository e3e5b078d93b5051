namespace FineTune.Durable.Embedded;

/// <summary>
/// A clock for tests that stands still while anybody is busy and otherwise jumps to the next due timer that was created through
/// it. Busy is who says so with <see cref="Hold"/>; a <see cref="DurableTaskEngine"/> with this clock does so while a turn or an
/// activity runs or a change is being written. Whoever waits for this clock must not hold it meanwhile. Thread-safe.
/// </summary>
/// <remarks>
/// Timer callbacks run on the thread pool, one after the other; the clock goes on when a callback has returned. A continuation
/// of <c>await Task.Delay(…, time)</c> runs inside the callback unless a synchronization context takes it elsewhere (as test
/// frameworks do): there, use <see cref="HoldAtAsync"/>.
/// </remarks>
public sealed class SkippingTimeProvider : TimeProvider, IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly SortedSet<SkippingTimer> _timers = new(Comparer<SkippingTimer>.Create(
        static (x, y) => x.DueTicks != y.DueTicks ? x.DueTicks.CompareTo(y.DueTicks) : x.Order.CompareTo(y.Order)));

    private readonly DateTimeOffset _start;
    private long _elapsedTicks;
    private long _order = 1;
    private int _holds;
    private bool _advancing;

    /// <summary>Creates the clock.</summary>
    /// <param name="start">What it shows at first.</param>
    public SkippingTimeProvider(DateTimeOffset start)
    {
        _start = start.ToUniversalTime();
    }

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _start.AddTicks(Interlocked.Read(ref _elapsedTicks));

    /// <inheritdoc/>
    public override long GetTimestamp() => Interlocked.Read(ref _elapsedTicks);

    /// <summary>Keeps the clock from jumping until the returned object is disposed. Timers that are due already still fire.</summary>
    /// <returns>What to dispose; disposing it twice is the same as once.</returns>
    public IDisposable Hold()
    {
        lock (_gate)
        {
            _holds++;
        }

        return new HoldScope(this);
    }

    /// <summary>Waits until a time and has the clock held from that very moment.</summary>
    /// <param name="time">When; at once when in the past.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The hold; dispose it to let the clock go on.</returns>
    public async Task<IDisposable> HoldAtAsync(DateTimeOffset time, CancellationToken cancellationToken = default)
    {
        var reached = new TaskCompletionSource<IDisposable>(TaskCreationOptions.RunContinuationsAsynchronously);
        TimeSpan wait = time - GetUtcNow();
        await using ITimer timer = CreateTimer(
            _ =>
            {
                IDisposable hold = Hold();
                if (!reached.TrySetResult(hold))
                {
                    hold.Dispose();
                }
            },
            null,
            wait < TimeSpan.Zero ? TimeSpan.Zero : wait,
            Timeout.InfiniteTimeSpan);
        await using (cancellationToken.UnsafeRegister(_ => reached.TrySetCanceled(cancellationToken), null))
        {
            return await reached.Task;
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SkippingTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Fires one timer, if one is due or nobody holds the clock. Called by the thread pool.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        SkippingTimer? next;
        lock (_gate)
        {
            next = NextToFire();
            if (next is null)
            {
                _advancing = false;
                return;
            }

            _timers.Remove(next);
            Interlocked.Exchange(ref _elapsedTicks, Math.Max(_elapsedTicks, next.DueTicks));
            next.Reschedule();
        }

        next.Fire();

        // Behind whatever the callback has queued, so that it gets to hold the clock if it needs to.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private SkippingTimer? NextToFire()
    {
        SkippingTimer? next = _timers.Min;
        return next is not null && (_holds == 0 || next.DueTicks <= _elapsedTicks) ? next : null;
    }

    // Under the gate.
    private void Pulse()
    {
        if (!_advancing && NextToFire() is not null)
        {
            _advancing = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void Release()
    {
        lock (_gate)
        {
            _holds--;
            Pulse();
        }
    }

    private sealed class HoldScope(SkippingTimeProvider owner) : IDisposable
    {
        private SkippingTimeProvider? _owner = owner;

        public void Dispose() => Interlocked.Exchange(ref _owner, null)?.Release();
    }

    private sealed class SkippingTimer(SkippingTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;
        private bool _disposed;

        public long DueTicks { get; private set; }

        public long Order { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, Timeout.InfiniteTimeSpan);
            ArgumentOutOfRangeException.ThrowIfLessThan(period, Timeout.InfiniteTimeSpan);
            lock (owner._gate)
            {
                if (_disposed)
                {
                    return false;
                }

                owner._timers.Remove(this);
                _period = period;
                if (dueTime >= TimeSpan.Zero)
                {
                    Schedule(dueTime);
                    owner.Pulse();
                }

                return true;
            }
        }

        /// <summary>Sets the next due time of a periodic timer. Under the gate.</summary>
        public void Reschedule()
        {
            if (_period > TimeSpan.Zero)
            {
                Schedule(_period);
            }
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (owner._gate)
            {
                _disposed = true;
                owner._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Schedule(TimeSpan wait)
        {
            DueTicks = owner._elapsedTicks + wait.Ticks;
            Order = owner._order++;
            owner._timers.Add(this);
        }
    }
}
