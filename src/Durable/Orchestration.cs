namespace FineTune.Durable;

/// <summary>
/// Deterministic code that an engine replays from its history. It may await only tasks that its
/// <see cref="OrchestrationContext"/> gave it (and combinations of them), and may not read clocks, randomness,
/// configuration or any other outside state.
/// </summary>
/// <typeparam name="TInput">The input; a record that System.Text.Json can write and read.</typeparam>
/// <typeparam name="TOutput">The output; likewise.</typeparam>
public abstract class Orchestration<TInput, TOutput>
{
    /// <summary>Runs the orchestration from its beginning; called again on each replay, on a new object.</summary>
    /// <param name="context">What the orchestration may do.</param>
    /// <param name="input">Its input.</param>
    /// <returns>The output. An exception that leaves this method ends the instance as <see cref="OrchestrationRuntimeStatus.Failed"/>.</returns>
    public abstract Task<TOutput> RunAsync(OrchestrationContext context, TInput input);
}
