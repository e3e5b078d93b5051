namespace FineTune.Durable.Embedded.Replay;

/// <summary>
/// Runs an orchestration's continuations one after the other on the thread that runs its turn, in the order in which
/// they became ready. A continuation that another thread brings is refused: the orchestration awaited a foreign task.
/// </summary>
internal sealed class ReplayScheduler : TaskScheduler
{
    [ThreadStatic]
    private static ReplayScheduler? s_current;

    private readonly Queue<Task> _ready = new();
    private readonly ReplaySynchronizationContext _synchronizationContext;
    private readonly Action _onForeign;

    /// <param name="onForeign">Called, on any thread, when a continuation comes from elsewhere.</param>
    public ReplayScheduler(Action onForeign)
    {
        _onForeign = onForeign;
        _synchronizationContext = new ReplaySynchronizationContext(this);
    }

    /// <summary>Whether the calling code runs inside this orchestration's turn.</summary>
    public bool IsRunning => s_current == this;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Runs some code as part of the orchestration, then all that becomes ready by it.</summary>
    public void Run(Action action)
    {
        ReplayScheduler? outer = s_current;
        SynchronizationContext? outerContext = SynchronizationContext.Current;
        s_current = this;
        SynchronizationContext.SetSynchronizationContext(_synchronizationContext);
        try
        {
            Post(action);
            while (_ready.TryDequeue(out Task? task))
            {
                TryExecuteTask(task);
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outerContext);
            s_current = outer;
        }
    }

    /// <summary>Tells the owner that another thread touched this orchestration.</summary>
    public void ReportForeign() => _onForeign();

    protected override void QueueTask(Task task)
    {
        if (IsRunning)
        {
            _ready.Enqueue(task);
        }
        else
        {
            ReportForeign();
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        IsRunning && !taskWasPreviouslyQueued && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [.. _ready];

    // As a task of this scheduler, so that TaskScheduler.Current is right for ContinueWith and StartNew too.
    private void Post(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.None, this);

    private sealed class ReplaySynchronizationContext(ReplayScheduler scheduler) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            if (scheduler.IsRunning)
            {
                scheduler.Post(() => d(state));
            }
            else
            {
                scheduler.ReportForeign();
            }
        }

        public override void Send(SendOrPostCallback d, object? state)
        {
            if (scheduler.IsRunning)
            {
                d(state);
            }
            else
            {
                scheduler.ReportForeign();
            }
        }

        public override SynchronizationContext CreateCopy() => this;
    }
}
