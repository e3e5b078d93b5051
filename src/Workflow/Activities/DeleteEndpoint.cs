using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>Asks for the endpoint's deletion, and says whether it is gone. Touches no endpoint of another owner.</summary>
/// <param name="endpoints">The workspace's endpoints.</param>
public sealed class DeleteEndpoint(IOnlineEndpoints endpoints) : WorkflowActivity<EndpointTearDown, EndpointDeletion>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<EndpointTearDown, Outcome<EndpointDeletion>> Name { get; } = new(nameof(DeleteEndpoint));

    /// <inheritdoc/>
    protected override async Task<EndpointDeletion> DoAsync(EndpointTearDown input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        OnlineEndpoint? endpoint = await endpoints.GetAsync(input.EndpointName, cancellationToken);
        if (endpoint is null || !string.Equals(endpoint.Tags.GetValueOrDefault(EndpointTags.Run), input.RunId, StringComparison.Ordinal))
        {
            return new EndpointDeletion(Gone: true);
        }

        // Asked for again even while it is Deleting: a deletion can get stuck, and asking twice does no harm.
        return new EndpointDeletion(Gone: false, await endpoints.BeginDeleteAsync(input.EndpointName, cancellationToken));
    }
}
