using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>Starts to create the deployment unless it is there. It gets no traffic.</summary>
/// <param name="endpoints">The workspace's endpoints.</param>
public sealed class CreateDeployment(IOnlineEndpoints endpoints) : WorkflowActivity<DeploymentCreation, OperationStart>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<DeploymentCreation, Outcome<OperationStart>> Name { get; } = new(nameof(CreateDeployment));

    /// <inheritdoc/>
    protected override async Task<OperationStart> DoAsync(DeploymentCreation input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (await endpoints.GetDeploymentAsync(input.EndpointName, input.Deployment.Name, cancellationToken) is { } existing)
        {
            // Ours, from an earlier attempt whose answer was lost: the endpoint carries this run's tag.
            ProvisioningStates.RequireSucceeded($"The deployment {existing.Name}", existing.ProvisioningState);
            return new OperationStart(null);
        }

        return new OperationStart(await endpoints.BeginCreateDeploymentAsync(
            new OnlineDeploymentSpec(
                input.EndpointName,
                input.ModelId,
                input.Deployment,
                new Dictionary<string, string>(StringComparer.Ordinal) { [EndpointTags.Run] = input.RunId }),
            cancellationToken));
    }
}
