namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that checks a deployment after its operation ended.</summary>
/// <param name="RunId">The run, for the container log's record.</param>
/// <param name="EndpointName">The endpoint.</param>
/// <param name="DeploymentName">The deployment.</param>
/// <param name="OperationFailure">Why the operation failed, or null.</param>
public sealed record DeploymentReading(string RunId, string EndpointName, string DeploymentName, Failure? OperationFailure);
