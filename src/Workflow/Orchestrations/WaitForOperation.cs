using FineTune.Durable;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Orchestrations;

/// <summary>
/// Polls a long-running operation of Azure Resource Manager until it ends, its deadline passes, or nobody waits any more.
/// Its custom status is the <see cref="RetryStatus"/> of a poll that is failing.
/// </summary>
public sealed class WaitForOperation : Orchestration<OperationWait, Outcome<Unit>>
{
    /// <summary>The registered name.</summary>
    public static OrchestrationName<OperationWait, Outcome<Unit>> Name { get; } = new(nameof(WaitForOperation));

    /// <inheritdoc/>
    public override async Task<Outcome<Unit>> RunAsync(OrchestrationContext context, OperationWait input)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(input);
        Task stop = context.WaitForExternalEvent<Unit>(RunEvents.Stop);
        for (int poll = input.Polls + 1; poll <= input.Polls + Pacing.PollsPerHistory; poll++)
        {
            Outcome<OperationStatus> answer = await context.AttemptAsync(ReadOperation.Name, input.Operation, stop, context.SetCustomStatus);
            if (!answer.IsSuccess)
            {
                return Outcome<Unit>.Fail(answer.Kind, answer.Failure);
            }

            OperationStatus status = answer.Value;
            switch (status.State)
            {
                case OperationState.Succeeded:
                    return Outcome<Unit>.Success(Unit.Value);
                case OperationState.Failed or OperationState.Canceled:
                    return Outcome<Unit>.Fail(status.ErrorKind, status.Error ?? new Failure("OperationFailed", $"{input.What} ended as {status.State}."));
            }

            TimeSpan wait = Pacing.OperationPolls.IntervalAfter(Math.Min(poll, 20));
            bool stopped = await context.SleepAsync(status.RetryAfter > wait ? status.RetryAfter.Value : wait, stop);
            if (stopped || context.CurrentUtcDateTime >= input.Deadline)
            {
                return Outcome<Unit>.Fail(OutcomeKind.Failed, Failures.DeadlinePassed(input.What, input.Allowed));
            }
        }

        context.ContinueAsNew(input with { Polls = input.Polls + Pacing.PollsPerHistory });
        return Outcome<Unit>.Success(Unit.Value);
    }
}
