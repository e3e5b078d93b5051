using FineTune.Durable;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Orchestrations;

/// <summary>Calls of activities that return outcomes.</summary>
internal static class OutcomeCalls
{
    /// <summary>
    /// Calls an activity until its outcome is final: transient outcomes are tried again after a durable timer, an
    /// exception that nobody foresaw becomes an outcome too, so that a run always finds its way out.
    /// </summary>
    /// <param name="context">The orchestration's.</param>
    /// <param name="activity">Which.</param>
    /// <param name="input">Its input.</param>
    /// <param name="stop">Ends the waits between attempts; may be null.</param>
    /// <param name="retrying">Told before each wait what is tried again, and null when it is over; may be null.</param>
    public static async Task<Outcome<TOutput>> AttemptAsync<TInput, TOutput>(
        this OrchestrationContext context,
        ActivityName<TInput, Outcome<TOutput>> activity,
        TInput input,
        Task? stop = null,
        Action<RetryStatus?>? retrying = null)
    {
        DateTimeOffset since = context.CurrentUtcDateTime;
        for (int attempt = 1; ; attempt++)
        {
            Outcome<TOutput> outcome = await CallAsync(context, activity, input);
            if (outcome.Kind != OutcomeKind.Transient || attempt >= Pacing.TransientOutcomes.MaxNumberOfAttempts)
            {
                return Ended(outcome, attempt);
            }

            TimeSpan wait = Pacing.TransientOutcomes.IntervalAfter(attempt);
            wait = outcome.RetryAfter > wait ? outcome.RetryAfter.Value : wait;
            DateTimeOffset next = context.CurrentUtcDateTime + wait;
            retrying?.Invoke(new RetryStatus(activity.Value, attempt, since, next, next + WaitsAfter(attempt + 1), outcome.Failure!));
            if (await context.SleepAsync(wait, stop))
            {
                return Ended(outcome, attempt + 1);
            }
        }

        Outcome<TOutput> Ended(Outcome<TOutput> outcome, int attempts)
        {
            if (attempts > 1)
            {
                retrying?.Invoke(null);
            }

            return outcome;
        }
    }

    private static TimeSpan WaitsAfter(int attempt) => Enumerable
        .Range(attempt, Math.Max(0, Pacing.TransientOutcomes.MaxNumberOfAttempts - attempt))
        .Aggregate(TimeSpan.Zero, static (sum, next) => sum + Pacing.TransientOutcomes.IntervalAfter(next));

    /// <summary>Waits for a time, or until a task completes.</summary>
    /// <returns>Whether the task completed first.</returns>
    public static async Task<bool> SleepAsync(this OrchestrationContext context, TimeSpan duration, Task? until) =>
        await context.FirstOfAsync(context.CurrentUtcDateTime + duration, until is null ? [] : [until]) is not null;

    /// <summary>Waits until one of several tasks completes, or a time comes.</summary>
    /// <returns>The task; null when the time came first.</returns>
    public static async Task<Task?> FirstOfAsync(this OrchestrationContext context, DateTimeOffset deadline, params Task[] tasks)
    {
        using var abandoned = new CancellationTokenSource();
        Task timer = context.CreateTimer(deadline, abandoned.Token);
        Task first = await Task.WhenAny([.. tasks, timer]);
        if (first != timer)
        {
            abandoned.Cancel();
        }

#pragma warning disable MA0100 // The task that is handed back is the caller's own; it does not use the token source.
        return first == timer ? null : first;
#pragma warning restore MA0100
    }

    private static async Task<Outcome<TOutput>> CallAsync<TInput, TOutput>(
        OrchestrationContext context, ActivityName<TInput, Outcome<TOutput>> activity, TInput input)
    {
        try
        {
            return await context.CallActivityAsync(activity, input, Pacing.UnforeseenErrors);
        }
        catch (TaskFailedException error)
        {
            return Outcome<TOutput>.Fail(OutcomeKind.Failed, Failures.Unforeseen(error));
        }
    }
}
