namespace FineTune.Durable;

/// <summary>Starts orchestrations and asks after them. The members mirror Durable Task's <c>DurableTaskClient</c>.</summary>
public interface IOrchestrationClient
{
    /// <summary>Starts an instance unless its id is taken: the id is the idempotency key.</summary>
    /// <param name="orchestration">Which orchestration.</param>
    /// <param name="input">Its input.</param>
    /// <param name="instanceId">The instance's id: 1 to 100 printable ASCII characters.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>True when this call started it; false when an instance of that id, in any state, was there already.</returns>
    /// <typeparam name="TInput">The orchestration's input.</typeparam>
    /// <typeparam name="TOutput">The orchestration's output.</typeparam>
    Task<bool> ScheduleNewOrchestrationInstanceAsync<TInput, TOutput>(
        OrchestrationName<TInput, TOutput> orchestration, TInput input, string instanceId, CancellationToken cancellationToken = default);

    /// <summary>Raises an event; it is kept until the instance waits for it.</summary>
    /// <param name="instanceId">To whom.</param>
    /// <param name="eventName">The event's name.</param>
    /// <param name="payload">What it carries.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>True when it was stored; false when there is no such instance, or it has ended.</returns>
    /// <typeparam name="T">The payload's type.</typeparam>
    Task<bool> RaiseEventAsync<T>(string instanceId, string eventName, T payload, CancellationToken cancellationToken = default);

    /// <summary>Asks after one instance.</summary>
    /// <param name="instanceId">Which.</param>
    /// <param name="getInputsAndOutputs">Whether input and output are wanted.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>What is known, or null when there is no such instance.</returns>
    Task<OrchestrationMetadata?> GetInstanceAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default);

    /// <summary>Lists instances, newest first.</summary>
    /// <param name="query">Which.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>The instances.</returns>
    IAsyncEnumerable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery query, CancellationToken cancellationToken = default);

    /// <summary>Waits until an instance has ended.</summary>
    /// <param name="instanceId">Which.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What is known, with input and output.</returns>
    /// <exception cref="KeyNotFoundException">There is no such instance.</exception>
    Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, CancellationToken cancellationToken = default);

    /// <summary>Removes an ended instance with its history, and its child instances with it.</summary>
    /// <param name="instanceId">Which.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <returns>True when it was removed; false when there is no such instance, or it has not ended.</returns>
    Task<bool> PurgeInstanceAsync(string instanceId, CancellationToken cancellationToken = default);
}
