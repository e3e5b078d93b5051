using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>Reads the endpoint once it should be there: the operation's success does not replace the check of its state.</summary>
/// <param name="endpoints">The workspace's endpoints.</param>
public sealed class ReadEndpoint(IOnlineEndpoints endpoints) : WorkflowActivity<string, OnlineEndpoint>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<string, Outcome<OnlineEndpoint>> Name { get; } = new(nameof(ReadEndpoint));

    /// <inheritdoc/>
    protected override async Task<OnlineEndpoint> DoAsync(string input, CancellationToken cancellationToken)
    {
        OnlineEndpoint endpoint = await endpoints.GetAsync(input, cancellationToken)
            ?? throw new UpstreamException(OutcomeKind.NotFound, new Failure("EndpointGone", $"The endpoint {input} is gone.") { Where = input });
        ProvisioningStates.RequireSucceeded($"The endpoint {input}", endpoint.ProvisioningState);
        return endpoint;
    }
}
