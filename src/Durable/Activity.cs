namespace FineTune.Durable;

/// <summary>
/// One piece of work with effects. It runs at least once for each call (a host that dies before the result is
/// recorded runs it again), so it must be idempotent.
/// </summary>
/// <typeparam name="TInput">The input; a record that System.Text.Json can write and read.</typeparam>
/// <typeparam name="TOutput">The output; likewise. Keep both under 64 KB: pass references, not data.</typeparam>
public abstract class Activity<TInput, TOutput>
{
    /// <summary>Does the work.</summary>
    /// <param name="context">Who asks.</param>
    /// <param name="input">Its input.</param>
    /// <param name="cancellationToken">Signalled when the host stops; the activity will run again elsewhere.</param>
    /// <returns>The output. An exception becomes a <see cref="TaskFailedException"/> in the orchestration once retries are used up.</returns>
    public abstract Task<TOutput> RunAsync(ActivityContext context, TInput input, CancellationToken cancellationToken);
}
