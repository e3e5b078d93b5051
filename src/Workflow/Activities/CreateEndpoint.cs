using System.Globalization;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>Starts to create the run's endpoint unless it is there. Its tags say whose it is, and until when.</summary>
/// <param name="endpoints">The workspace's endpoints.</param>
public sealed class CreateEndpoint(IOnlineEndpoints endpoints) : WorkflowActivity<EndpointCreation, OperationStart>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<EndpointCreation, Outcome<OperationStart>> Name { get; } = new(nameof(CreateEndpoint));

    /// <inheritdoc/>
    protected override async Task<OperationStart> DoAsync(EndpointCreation input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (await endpoints.GetAsync(input.EndpointName, cancellationToken) is { } existing)
        {
            if (!string.Equals(existing.Tags.GetValueOrDefault(EndpointTags.Run), input.RunId, StringComparison.Ordinal))
            {
                throw new UpstreamException(OutcomeKind.Conflict, new Failure("EndpointNameTaken", $"An endpoint {input.EndpointName} exists and belongs to somebody else.")
                {
                    Where = input.EndpointName,
                    NextStep = "Start a new run: its endpoint gets another name.",
                });
            }

            // Ours, from an earlier attempt whose answer was lost.
            ProvisioningStates.RequireSucceeded($"The endpoint {input.EndpointName}", existing.ProvisioningState);
            return new OperationStart(null);
        }

        return new OperationStart(await endpoints.BeginCreateAsync(
            new OnlineEndpointSpec(
                input.EndpointName,
                $"Online endpoint for {input.ModelName}, fine tuned model for {input.DatasetName} chat-completion",
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    [EndpointTags.Run] = input.RunId,
                    [EndpointTags.ExpiresAt] = input.ExpiresAt.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
                }),
            cancellationToken));
    }
}
