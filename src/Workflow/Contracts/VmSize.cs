namespace FineTune.Workflow.Contracts;

/// <summary>A VM size offered in a region.</summary>
/// <param name="Name">Its name, such as <c>Standard_NC24ads_A100_v4</c>; compare ignoring case.</param>
/// <param name="Gpus">GPUs per node.</param>
/// <param name="VCpus">Virtual CPUs per node.</param>
/// <param name="MemoryGB">Memory per node.</param>
/// <param name="LowPriorityCapable">Whether it can be had at low priority.</param>
/// <param name="LinuxPricePerHour">Estimated dedicated Linux price in USD per hour, or null when the service gives none.</param>
public sealed record VmSize(string Name, int Gpus, int VCpus, double MemoryGB, bool LowPriorityCapable, double? LinuxPricePerHour = null)
{
    /// <summary>The family that its cores are counted in, such as <c>standardNCADSA100v4Family</c>; empty when the service names none.</summary>
    public string Family { get; init; } = "";
}
