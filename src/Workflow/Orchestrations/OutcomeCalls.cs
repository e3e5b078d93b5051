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
    public static async Task<Outcome<TOutput>> AttemptAsync<TInput, TOutput>(
        this OrchestrationContext context,
        ActivityName<TInput, Outcome<TOutput>> activity,
        TInput input,
        Task? stop = null)
    {
        for (int attempt = 1; ; attempt++)
        {
            Outcome<TOutput> outcome = await CallAsync(context, activity, input);
            if (outcome.Kind != OutcomeKind.Transient || attempt >= Pacing.TransientOutcomes.MaxNumberOfAttempts)
            {
                return outcome;
            }

            TimeSpan wait = Pacing.TransientOutcomes.IntervalAfter(attempt);
            if (await context.SleepAsync(outcome.RetryAfter > wait ? outcome.RetryAfter.Value : wait, stop))
            {
                return outcome;
            }
        }
    }

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
