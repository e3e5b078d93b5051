namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that shifts traffic.</summary>
/// <param name="EndpointName">The endpoint.</param>
/// <param name="DeploymentName">The deployment.</param>
/// <param name="Percent">0 to 100.</param>
public sealed record TrafficShift(string EndpointName, string DeploymentName, int Percent);
