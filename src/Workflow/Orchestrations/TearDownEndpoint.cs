using FineTune.Durable;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Orchestrations;

/// <summary>
/// Deletes an endpoint with its deployments and ends only when the service answers 404: a deletion that was accepted is not
/// yet one that happened, and what is left behind bills. Its custom status is the <see cref="RetryStatus"/> of a deletion that is failing.
/// </summary>
public sealed class TearDownEndpoint : Orchestration<EndpointTearDown, Unit>
{
    private const int RoundsPerHistory = 20;

    /// <summary>The registered name.</summary>
    public static OrchestrationName<EndpointTearDown, Unit> Name { get; } = new(nameof(TearDownEndpoint));

    /// <inheritdoc/>
    public override async Task<Unit> RunAsync(OrchestrationContext context, EndpointTearDown input)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(input);
        DateTimeOffset since = input.Since ?? context.CurrentUtcDateTime;
        for (int round = input.Rounds + 1; round <= input.Rounds + RoundsPerHistory; round++)
        {
            Outcome<EndpointDeletion> deletion = await context.AttemptAsync(
                DeleteEndpoint.Name, input, stop: null, retry => context.SetCustomStatus(retry is null ? null : retry with { GivenUpAt = null }));
            if (deletion.IsSuccess && deletion.Value.Gone)
            {
                return Unit.Value;
            }

            TimeSpan wait = Pacing.TearDownRounds.IntervalAfter(Math.Min(round, 20));
            context.SetCustomStatus(deletion.Failure is null ? null : new RetryStatus(
                DeleteEndpoint.Name.Value, round, since, context.CurrentUtcDateTime + wait, GivenUpAt: null, deletion.Failure));
            if (deletion.Value?.Operation is { } operation)
            {
                await context.CallSubOrchestratorAsync(WaitForOperation.Name, new OperationWait(
                    $"The deletion of endpoint {input.EndpointName}", operation,
                    context.CurrentUtcDateTime + Pacing.EndpointDeadline, Pacing.EndpointDeadline));
            }
            else
            {
                await context.CreateTimer(wait);
            }
        }

        context.ContinueAsNew(input with { Rounds = input.Rounds + RoundsPerHistory, Since = since });
        return Unit.Value;
    }
}
