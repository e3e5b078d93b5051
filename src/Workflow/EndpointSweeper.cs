using System.Globalization;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow;

/// <summary>
/// Deletes expired endpoints by their tags alone, even if every orchestration was lost. Endpoints without our tags, or with
/// a tag that it can't read, are never touched.
/// </summary>
/// <param name="endpoints">The workspace's endpoints.</param>
/// <param name="time">The clock.</param>
public sealed class EndpointSweeper(IOnlineEndpoints endpoints, TimeProvider time)
{
    /// <summary>How long after its expiry an endpoint is left to its own run.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromMinutes(15);

    /// <summary>Asks for the deletion of every endpoint whose time is over. Does not wait: the next sweep sees what is left.</summary>
    /// <param name="cancellationToken">Stops the sweep.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="UpstreamException">The endpoints can't be listed.</exception>
    public async Task<SweepResult> SweepAsync(CancellationToken cancellationToken = default)
    {
        DateTimeOffset latest = time.GetUtcNow() - Grace;
        var deleted = new List<string>();
        var failed = new Dictionary<string, Failure>(StringComparer.Ordinal);
        await foreach (OnlineEndpoint endpoint in endpoints.ListAsync(cancellationToken))
        {
            if (!IsExpired(endpoint, latest))
            {
                continue;
            }

            try
            {
                await endpoints.BeginDeleteAsync(endpoint.Name, cancellationToken);
                deleted.Add(endpoint.Name);
            }
            catch (UpstreamException refusal)
            {
                failed[endpoint.Name] = refusal.Failure;
            }
        }

        return new SweepResult(deleted, failed);
    }

    private static bool IsExpired(OnlineEndpoint endpoint, DateTimeOffset latest) =>
        endpoint.Tags.ContainsKey(EndpointTags.Run)
        && endpoint.Tags.TryGetValue(EndpointTags.ExpiresAt, out string? text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset expiresAt)
        && expiresAt <= latest
        && !string.Equals(endpoint.ProvisioningState, "Deleting", StringComparison.OrdinalIgnoreCase);
}
