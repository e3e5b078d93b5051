namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that creates the deployment.</summary>
/// <param name="EndpointName">The endpoint.</param>
/// <param name="RunId">The run that owns it.</param>
/// <param name="ModelId">The registered model's ARM id.</param>
/// <param name="Deployment">Machines, probes, time-out.</param>
public sealed record DeploymentCreation(string EndpointName, string RunId, string ModelId, DeploymentRequest Deployment);
