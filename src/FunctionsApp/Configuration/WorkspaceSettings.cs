using FineTune.AzureMachineLearning;

namespace FineTune.FunctionsApp.Configuration;

/// <summary>The Azure ML workspace.</summary>
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

    /// <summary>Where a simulator answers instead of Azure: a loopback address such as <c>http://127.0.0.1:8471</c>. Null for Azure.</summary>
    public Uri? SimulatorUri { get; set; }

    /// <summary>The workspace's place.</summary>
    public WorkspaceIdentifier Identifier => new(SubscriptionId!, ResourceGroup!, Name!);

    /// <summary>The addresses to ask.</summary>
    /// <returns>Those of the simulator, or of the cloud.</returns>
    internal AzureMachineLearningCloud FindAddresses() =>
        SimulatorUri is null ? AzureMachineLearningCloud.Find(Cloud)! : AzureMachineLearningCloud.Loopback(SimulatorUri);

    internal void Check(List<string> errors)
    {
        foreach ((string name, string? value) in (ReadOnlySpan<(string, string?)>)
            [(nameof(SubscriptionId), SubscriptionId), (nameof(ResourceGroup), ResourceGroup), (nameof(Name), Name)])
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                errors.Add($"{AppSettings.Section}:Workspace:{name} is missing: it tells which Azure ML workspace to use.");
            }
        }

        if (AzureMachineLearningCloud.Find(Cloud) is null)
        {
            errors.Add($"{AppSettings.Section}:Workspace:Cloud must be Public, China or USGovernment.");
        }

        if (SimulatorUri is { IsAbsoluteUri: false } or { IsLoopback: false })
        {
            errors.Add($"{AppSettings.Section}:Workspace:SimulatorUri must be a loopback address such as http://127.0.0.1:8471.");
        }
    }
}
