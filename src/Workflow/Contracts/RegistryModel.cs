namespace FineTune.Workflow.Contracts;

/// <summary>A base model as its registry shows it.</summary>
/// <param name="Id">The asset id that a job takes: <c>azureml://registries/{registry}/models/{name}/versions/{version}</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="IsArchived">Whether it is archived: hidden from version lists, perhaps retired.</param>
/// <param name="Tags">Its tags. Values may be Python literals.</param>
public sealed record RegistryModel(
    string Id, string Name, string Version, bool IsArchived, IReadOnlyDictionary<string, string> Tags)
{
    /// <summary>GPU sizes for fine-tuning from <c>system_metadata.supportedComputes</c>, where the allow-list tags moved in June 2026; null when absent.</summary>
    public IReadOnlyList<string>? SupportedFinetuneComputes { get; init; }

    /// <summary>Likewise for inference; null when absent.</summary>
    public IReadOnlyList<string>? SupportedInferenceComputes { get; init; }
}
