namespace FineTune.Workflow.Contracts;

/// <summary>A pipeline component in a registry.</summary>
public sealed record ComponentReference
{
    /// <summary>The registry.</summary>
    public string Registry { get; init; } = "azureml";

    /// <summary>The component's name.</summary>
    public string Name { get; init; } = "chat_completion_pipeline";

    /// <summary>A version, or <c>latest</c>.</summary>
    public string Version { get; init; } = AssetLabels.Latest;
}
