using System.Globalization;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>Writes an endpoint's expiry into its tags, where the sweeper reads it.</summary>
/// <param name="endpoints">The workspace's endpoints.</param>
public sealed class TagEndpoint(IOnlineEndpoints endpoints) : WorkflowActivity<EndpointExpiry, Unit>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<EndpointExpiry, Outcome<Unit>> Name { get; } = new(nameof(TagEndpoint));

    /// <inheritdoc/>
    protected override async Task<Unit> DoAsync(EndpointExpiry input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        string expiry = input.ExpiresAt?.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture) ?? EndpointTags.Never;
        await endpoints.UpdateTagsAsync(
            input.EndpointName, new Dictionary<string, string>(StringComparer.Ordinal) { [EndpointTags.ExpiresAt] = expiry }, cancellationToken);
        return Unit.Value;
    }
}
