using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>Managed online endpoints and their deployments.</summary>
public interface IOnlineEndpoints
{
    /// <summary>Reads an endpoint.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The endpoint, or null when the service says 404.</returns>
    Task<OnlineEndpoint?> GetAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Lists the workspace's endpoints.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>All of them, page by page.</returns>
    IAsyncEnumerable<OnlineEndpoint> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Starts to create an endpoint with key authentication and no traffic.</summary>
    /// <param name="endpoint">Name, description, tags.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The operation to poll, or null when it was done at once.</returns>
    Task<OperationReference?> BeginCreateAsync(OnlineEndpointSpec endpoint, CancellationToken cancellationToken = default);

    /// <summary>Starts to send traffic to one deployment: a PUT of the whole endpoint, since PATCH has no traffic.</summary>
    /// <param name="name">The endpoint.</param>
    /// <param name="deployment">The deployment.</param>
    /// <param name="percent">0 to 100.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The operation to poll, or null when it was done at once.</returns>
    Task<OperationReference?> BeginSetTrafficAsync(string name, string deployment, int percent, CancellationToken cancellationToken = default);

    /// <summary>Replaces tags of an endpoint; those not named stay.</summary>
    /// <param name="name">The endpoint.</param>
    /// <param name="tags">Names and values.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>A task that completes when the service has accepted the tags.</returns>
    Task UpdateTagsAsync(string name, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken = default);

    /// <summary>Starts to delete an endpoint with its deployments.</summary>
    /// <param name="name">The endpoint.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The operation to poll, or null when it was gone already.</returns>
    Task<OperationReference?> BeginDeleteAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Reads a deployment.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="name">The deployment.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The deployment, or null when the service says 404.</returns>
    Task<OnlineDeployment?> GetDeploymentAsync(string endpoint, string name, CancellationToken cancellationToken = default);

    /// <summary>Starts to create a deployment.</summary>
    /// <param name="deployment">Model, machines, probes.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The operation to poll, or null when it was done at once.</returns>
    Task<OperationReference?> BeginCreateDeploymentAsync(OnlineDeploymentSpec deployment, CancellationToken cancellationToken = default);

    /// <summary>The end of a deployment's container log.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="deployment">The deployment.</param>
    /// <param name="lines">How many lines, 1 to 1000.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The text; empty when there is none.</returns>
    Task<string> GetDeploymentLogsAsync(string endpoint, string deployment, int lines, CancellationToken cancellationToken = default);

    /// <summary>Asks a deployment one conversation. Fetches the key inside; it never leaves this call.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="deployment">The deployment, past the traffic rules; null to go by traffic.</param>
    /// <param name="messages">The conversation so far.</param>
    /// <param name="parameters">Generation parameters.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The answer.</returns>
    Task<ScoringAnswer> ScoreAsync(
        string endpoint, string? deployment, IReadOnlyList<ChatMessage> messages, SmokeTestRequest parameters, CancellationToken cancellationToken = default);
}
