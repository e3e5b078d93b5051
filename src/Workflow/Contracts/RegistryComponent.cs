namespace FineTune.Workflow.Contracts;

/// <summary>A pipeline component as its registry shows it.</summary>
/// <param name="Id">The asset id: <c>azureml://registries/{registry}/components/{name}/versions/{version}</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Inputs">Its declared inputs by name. The set is closed: the service refuses any other.</param>
public sealed record RegistryComponent(string Id, string Name, string Version, IReadOnlyDictionary<string, ComponentInput> Inputs);
