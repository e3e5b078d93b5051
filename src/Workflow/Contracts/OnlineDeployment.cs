namespace FineTune.Workflow.Contracts;

/// <summary>A deployment as the service shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ProvisioningState">Creating, Deleting, Scaling, Updating, Succeeded, Failed, Canceled.</param>
/// <param name="InstanceType">Its VM size.</param>
/// <param name="InstanceCount">Its instances.</param>
public sealed record OnlineDeployment(string Name, string ProvisioningState, string InstanceType, int InstanceCount);
