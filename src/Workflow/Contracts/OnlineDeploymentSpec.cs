namespace FineTune.Workflow.Contracts;

/// <summary>A deployment to create.</summary>
/// <param name="Endpoint">The endpoint's name.</param>
/// <param name="ModelId">The registered model's ARM id.</param>
/// <param name="Request">Machines, probes, time-out.</param>
/// <param name="Tags">Owner run, among others.</param>
public sealed record OnlineDeploymentSpec(
    string Endpoint, string ModelId, DeploymentRequest Request, IReadOnlyDictionary<string, string> Tags);
