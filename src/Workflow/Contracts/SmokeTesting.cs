namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that asks the deployment.</summary>
/// <param name="RunId">The run.</param>
/// <param name="EndpointName">The endpoint.</param>
/// <param name="DeploymentName">The deployment.</param>
/// <param name="Test">What is asked, and what counts as an answer.</param>
public sealed record SmokeTesting(string RunId, string EndpointName, string DeploymentName, SmokeTestRequest Test);
