using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>An activity whose ports' refusals become typed outcomes. Any other exception is a defect and stays one.</summary>
/// <typeparam name="TInput">The activity's input.</typeparam>
/// <typeparam name="TOutput">The outcome's value.</typeparam>
public abstract class WorkflowActivity<TInput, TOutput> : Activity<TInput, Outcome<TOutput>>
{
    /// <inheritdoc/>
    public sealed override async Task<Outcome<TOutput>> RunAsync(ActivityContext context, TInput input, CancellationToken cancellationToken)
    {
        try
        {
            return Outcome<TOutput>.Success(await DoAsync(input, cancellationToken));
        }
        catch (UpstreamException refusal)
        {
            return Outcome<TOutput>.Fail(refusal.Kind, refusal.Failure) with { RetryAfter = refusal.RetryAfter };
        }
    }

    /// <summary>Does the work. Idempotent.</summary>
    /// <param name="input">The activity's input.</param>
    /// <param name="cancellationToken">Signalled when the host stops.</param>
    /// <returns>The outcome's value.</returns>
    /// <exception cref="UpstreamException">Becomes the outcome.</exception>
    protected abstract Task<TOutput> DoAsync(TInput input, CancellationToken cancellationToken);
}
