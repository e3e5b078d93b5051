namespace FineTune.Workflow.Contracts;

/// <summary>A registered model version.</summary>
/// <param name="Id">Its ARM id: what a deployment takes.</param>
/// <param name="Name">The model's name.</param>
/// <param name="Version">Its version.</param>
public sealed record RegisteredModel(string Id, string Name, string Version);
