namespace FineTune.Durable.Embedded;

/// <summary>Counts what the engine has under way, and holds skipping time back as long as there is anything.</summary>
/// <param name="timeProvider">The engine's clock; held only if it is a <see cref="SkippingTimeProvider"/>.</param>
internal sealed class BusyGauge(TimeProvider timeProvider)
{
    private readonly Lock _gate = new();
    private readonly SkippingTimeProvider? _time = timeProvider as SkippingTimeProvider;
    private IDisposable? _hold;
    private TaskCompletionSource? _idle;
    private int _count;
    private bool _ended;

    /// <summary>Something begins.</summary>
    public void Enter()
    {
        lock (_gate)
        {
            if (_count++ == 0 && !_ended)
            {
                _hold = _time?.Hold();
            }
        }
    }

    /// <summary>Something is over.</summary>
    public void Exit()
    {
        lock (_gate)
        {
            if (--_count == 0)
            {
                BecomeIdle();
            }
        }
    }

    /// <summary>The engine is gone: whatever it had under way no longer counts.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            BecomeIdle();
        }
    }

    /// <summary>Completes when nothing is under way.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            if (_count == 0 || _ended)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    private void BecomeIdle()
    {
        _hold?.Dispose();
        _hold = null;
        _idle?.TrySetResult();
        _idle = null;
    }
}
