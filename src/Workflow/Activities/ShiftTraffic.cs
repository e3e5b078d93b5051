using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>Starts to send the endpoint's traffic to a deployment, unless it goes there already.</summary>
/// <param name="endpoints">The workspace's endpoints.</param>
public sealed class ShiftTraffic(IOnlineEndpoints endpoints) : WorkflowActivity<TrafficShift, OperationStart>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<TrafficShift, Outcome<OperationStart>> Name { get; } = new(nameof(ShiftTraffic));

    /// <inheritdoc/>
    protected override async Task<OperationStart> DoAsync(TrafficShift input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        OnlineEndpoint? endpoint = await endpoints.GetAsync(input.EndpointName, cancellationToken);
        return new OperationStart(endpoint?.Traffic.GetValueOrDefault(input.DeploymentName) == input.Percent
            ? null
            : await endpoints.BeginSetTrafficAsync(input.EndpointName, input.DeploymentName, input.Percent, cancellationToken));
    }
}
