namespace FineTune.Workflow.Contracts;

/// <summary>A model version to register.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version">The version: fixed for a run, so that a repeated registration is the same one.</param>
/// <param name="ModelUri"><c>azureml://jobs/{job}/outputs/trained_model</c>, verbatim; the service resolves it.</param>
/// <param name="Description">What people read.</param>
/// <param name="Tags">Lineage: run, dataset hash, component, base model.</param>
public sealed record ModelRegistration(
    string Name, string Version, string ModelUri, string Description, IReadOnlyDictionary<string, string> Tags);
