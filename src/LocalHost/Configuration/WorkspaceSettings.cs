using FineTune.AzureMachineLearning;

namespace FineTune.LocalHost.Configuration;

/// <summary>A real Azure ML workspace. All three names are needed; with none of them the simulator is used.</summary>
public sealed class WorkspaceSettings
{
    /// <summary>The subscription's id.</summary>
    public string? SubscriptionId { get; set; }

    /// <summary>The resource group's name.</summary>
    public string? ResourceGroup { get; set; }

    /// <summary>The workspace's name.</summary>
    public string? Name { get; set; }

    /// <summary>The cloud: <c>Public</c>, <c>China</c> or <c>USGovernment</c>.</summary>
    public string Cloud { get; set; } = "Public";

    /// <summary>Whether the simulator is used.</summary>
    internal bool IsSimulated => SubscriptionId is null && ResourceGroup is null && Name is null;

    /// <summary>The cloud's addresses, or null when its name is unknown.</summary>
    internal AzureMachineLearningCloud? FindCloud() => AzureMachineLearningCloud.Find(Cloud);
}
