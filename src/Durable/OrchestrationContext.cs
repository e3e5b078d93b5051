namespace FineTune.Durable;

/// <summary>What an orchestration may do. The members mirror Durable Task's <c>TaskOrchestrationContext</c>.</summary>
public abstract class OrchestrationContext
{
    /// <summary>The id of this instance.</summary>
    public abstract string InstanceId { get; }

    /// <summary>The registered name of this orchestration.</summary>
    public abstract string Name { get; }

    /// <summary>The id of the instance that called this one, or null for a top-level instance.</summary>
    public abstract string? ParentInstanceId { get; }

    /// <summary>The version this instance was started under; stays the same for its whole life. Empty when none was given.</summary>
    public abstract string Version { get; }

    /// <summary>The time of the history event being processed: the same on every replay. UTC.</summary>
    public abstract DateTimeOffset CurrentUtcDateTime { get; }

    /// <summary>True while past steps are being replayed; for logging only.</summary>
    public abstract bool IsReplaying { get; }

    /// <summary>Schedules an activity.</summary>
    /// <param name="activity">Which one.</param>
    /// <param name="input">Its input.</param>
    /// <param name="retry">Retries of calls that throw; none when null.</param>
    /// <returns>A task with its output; fails with <see cref="TaskFailedException"/>.</returns>
    /// <typeparam name="TInput">The activity's input.</typeparam>
    /// <typeparam name="TOutput">The activity's output.</typeparam>
    public abstract Task<TOutput> CallActivityAsync<TInput, TOutput>(
        ActivityName<TInput, TOutput> activity, TInput input, RetryPolicy? retry = null);

    /// <summary>Starts a child orchestration and waits for its end.</summary>
    /// <param name="orchestration">Which one.</param>
    /// <param name="input">Its input.</param>
    /// <param name="instanceId">The child's id; derived from this instance and the call when null. Must be new.</param>
    /// <returns>A task with its output; fails with <see cref="TaskFailedException"/>.</returns>
    /// <typeparam name="TInput">The child's input.</typeparam>
    /// <typeparam name="TOutput">The child's output.</typeparam>
    public abstract Task<TOutput> CallSubOrchestratorAsync<TInput, TOutput>(
        OrchestrationName<TInput, TOutput> orchestration, TInput input, string? instanceId = null);

    /// <summary>A durable timer. Nothing is held in memory while it runs.</summary>
    /// <param name="fireAt">When it fires; at once when in the past.</param>
    /// <param name="cancellationToken">Abandons the timer: the task ends as canceled.</param>
    /// <returns>A task that completes when the timer has fired.</returns>
    public abstract Task CreateTimer(DateTimeOffset fireAt, CancellationToken cancellationToken = default);

    /// <summary>Waits for an event by name. Events that came before anyone waited are kept, in order, and taken first.</summary>
    /// <param name="eventName">The event's name; compared ignoring case, as Durable Task does.</param>
    /// <param name="cancellationToken">Stops waiting: the task ends as canceled and takes no event.</param>
    /// <returns>A task with the event's payload.</returns>
    /// <typeparam name="T">The payload's type.</typeparam>
    public abstract Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default);

    /// <summary>Sends an event to another instance; a missing or finished instance ignores it.</summary>
    /// <param name="instanceId">To whom.</param>
    /// <param name="eventName">The event's name.</param>
    /// <param name="payload">What it carries.</param>
    /// <typeparam name="T">The payload's type.</typeparam>
    public abstract void SendEvent<T>(string instanceId, string eventName, T payload);

    /// <summary>Replaces the status that queries show. Keep it small (Durable Functions allows 16 KB).</summary>
    /// <param name="customStatus">The new status.</param>
    /// <typeparam name="T">Its type.</typeparam>
    public abstract void SetCustomStatus<T>(T customStatus);

    /// <summary>Ends this execution and starts it again with a new input and an empty history, under the same instance id.</summary>
    /// <param name="newInput">The next execution's input.</param>
    /// <param name="preserveUnprocessedEvents">Whether events that nobody took yet are handed on.</param>
    /// <typeparam name="TInput">This orchestration's input.</typeparam>
    /// <remarks>The orchestration returns right after this call; what it returns is ignored.</remarks>
    public abstract void ContinueAsNew<TInput>(TInput newInput, bool preserveUnprocessedEvents = true);

    /// <summary>A new unique id that is the same on every replay.</summary>
    /// <returns>A version 5 UUID made from the instance id and a counter.</returns>
    public abstract Guid NewGuid();

    /// <summary>A durable timer that fires after an interval.</summary>
    /// <param name="delay">How long.</param>
    /// <param name="cancellationToken">Abandons the timer.</param>
    /// <returns>A task that completes when the timer has fired.</returns>
    public Task CreateTimer(TimeSpan delay, CancellationToken cancellationToken = default) =>
        CreateTimer(CurrentUtcDateTime + delay, cancellationToken);
}
