namespace FineTune.AzureMachineLearning;

/// <summary>Which workspace.</summary>
/// <param name="SubscriptionId">The subscription's id.</param>
/// <param name="ResourceGroup">The resource group's name.</param>
/// <param name="WorkspaceName">The workspace's name.</param>
public sealed record WorkspaceIdentifier(string SubscriptionId, string ResourceGroup, string WorkspaceName);
