using System.Diagnostics.CodeAnalysis;

namespace FineTune.Durable.Embedded.Replay;

/// <summary>
/// Runs an orchestration's continuations one after the other on the thread that runs its turn, in the order in which
/// they became ready. A continuation that another thread brings is refused: the orchestration awaited a foreign task.
/// </summary>
/// <param name="onForeign">Called, on any thread, when a continuation comes from elsewhere.</param>
internal sealed class ReplaySynchronizationContext(Action onForeign) : SynchronizationContext
{
    [ThreadStatic]
    private static ReplaySynchronizationContext? _running;

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();

    /// <summary>Whether the calling code runs inside this orchestration's turn.</summary>
    public bool IsRunning => _running == this;

    /// <summary>What an <c>async void</c> method of the orchestration threw: nobody else can take it.</summary>
    public Exception? Unhandled { get; private set; }

    /// <summary>Runs some code as part of the orchestration, then all that becomes ready by it.</summary>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Handed on through Unhandled.")]
    public void Run(Action action)
    {
        ReplaySynchronizationContext? outerRunning = _running;
        SynchronizationContext? outer = Current;
        _running = this;
        SetSynchronizationContext(this);
        try
        {
            action();
            while (_ready.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
            {
                next.Callback(next.State);
            }
        }
        catch (Exception e)
        {
            Unhandled ??= e;
        }
        finally
        {
            SetSynchronizationContext(outer);
            _running = outerRunning;
        }
    }

    /// <summary>Tells the owner that another thread touched this orchestration.</summary>
    public void ReportForeign() => onForeign();

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (IsRunning)
        {
            _ready.Enqueue((d, state));
        }
        else
        {
            ReportForeign();
        }
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        if (IsRunning)
        {
            d(state);
        }
        else
        {
            ReportForeign();
        }
    }

    public override SynchronizationContext CreateCopy() => this;
}
