namespace FineTune.Workflow.Contracts;

/// <summary>A base model in a registry.</summary>
public sealed record ModelReference
{
    /// <summary>The registry. Default: Azure ML's system registry, <c>azureml</c>.</summary>
    public string Registry { get; init; } = "azureml";

    /// <summary>The model's name. Default: a Phi model that is active; the notebook's Phi-3-mini-4k-instruct is archived since June 2026.</summary>
    public string Name { get; init; } = "Phi-4-mini-instruct";

    /// <summary>A version, or <c>latest</c> for the most recently created one that is not archived.</summary>
    public string Version { get; init; } = AssetLabels.Latest;
}
