using System.Text;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>Checks a deployment after its operation ended; one that failed leaves the end of its container's log among the run's records.</summary>
/// <param name="endpoints">The workspace's endpoints.</param>
/// <param name="records">The run's records.</param>
public sealed class ReadDeployment(IOnlineEndpoints endpoints, IRunRecords records) : WorkflowActivity<DeploymentReading, OnlineDeployment>
{
    private const int LogLines = 200;

    /// <summary>The registered name.</summary>
    public static ActivityName<DeploymentReading, Outcome<OnlineDeployment>> Name { get; } = new(nameof(ReadDeployment));

    /// <inheritdoc/>
    protected override async Task<OnlineDeployment> DoAsync(DeploymentReading input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        OnlineDeployment? deployment = await endpoints.GetDeploymentAsync(input.EndpointName, input.DeploymentName, cancellationToken);
        bool succeeded = string.Equals(deployment?.ProvisioningState, ProvisioningStates.Succeeded, StringComparison.OrdinalIgnoreCase);
        if (deployment is not null && succeeded && input.OperationFailure is null)
        {
            return deployment;
        }

        Failure reason = input.OperationFailure
            ?? new Failure("DeploymentFailed", $"The deployment {input.DeploymentName} is in provisioning state '{deployment?.ProvisioningState ?? "absent"}'.");
        throw new UpstreamException(OutcomeKind.Failed, reason with
        {
            Where = await KeepLogAsync(input, cancellationToken) ?? reason.Where ?? $"{input.EndpointName}/{input.DeploymentName}",
            NextStep = reason.NextStep ?? "Read the container's log; a larger instance type or a longer deployment.livenessInitialDelay may help.",
        });
    }

    private async Task<string?> KeepLogAsync(DeploymentReading input, CancellationToken cancellationToken)
    {
        try
        {
            string log = await endpoints.GetDeploymentLogsAsync(input.EndpointName, input.DeploymentName, LogLines, cancellationToken);
            using var content = new MemoryStream(Encoding.UTF8.GetBytes(log));
            return log.Length == 0
                ? null
                : await records.WriteAsync(input.RunId, RunRecordNames.DeploymentLog, content, "text/plain; charset=utf-8", cancellationToken);
        }
        catch (UpstreamException)
        {
            return null; // The log is a help; its absence must not hide why the deployment failed.
        }
    }
}
