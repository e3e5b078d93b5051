namespace FineTune.Workflow.Contracts;

/// <summary>An endpoint as the service shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ProvisioningState">Creating, Deleting, Succeeded, Failed, Updating, Canceled.</param>
/// <param name="ScoringUri">Where it answers; null while it is created.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="Traffic">Percent by deployment.</param>
public sealed record OnlineEndpoint(
    string Name,
    string ProvisioningState,
    string? ScoringUri,
    IReadOnlyDictionary<string, string> Tags,
    IReadOnlyDictionary<string, int> Traffic);
