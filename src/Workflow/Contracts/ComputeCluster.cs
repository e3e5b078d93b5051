namespace FineTune.Workflow.Contracts;

/// <summary>An AmlCompute cluster.</summary>
/// <param name="Id">Its ARM id.</param>
/// <param name="Name">Its name.</param>
/// <param name="VmSize">Its size as the service writes it (upper case).</param>
/// <param name="VmPriority">Dedicated or LowPriority.</param>
/// <param name="ProvisioningState">The service's word: Unknown, Updating, Creating, Deleting, Succeeded, Failed, Canceled.</param>
/// <param name="MaxNodeCount">Nodes at most.</param>
public sealed record ComputeCluster(string Id, string Name, string VmSize, string VmPriority, string ProvisioningState, int MaxNodeCount)
{
    /// <summary>What kind of compute it is; only <c>AmlCompute</c> can run this job.</summary>
    public string ComputeType { get; init; } = "AmlCompute";

    /// <summary>Why provisioning failed, or null.</summary>
    public Failure? ProvisioningError { get; init; }
}
