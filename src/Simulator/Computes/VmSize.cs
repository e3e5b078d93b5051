namespace FineTune.Simulator.Computes;

/// <summary>A virtual machine size of the region.</summary>
/// <param name="Name">As Azure writes it.</param>
/// <param name="Family">Quota family.</param>
/// <param name="Cores">vCPUs.</param>
/// <param name="Gpus">GPUs.</param>
/// <param name="MemoryGB">Main memory in GB.</param>
/// <param name="DiskMB">Largest resource volume in MB.</param>
/// <param name="Price">US dollars an hour, dedicated, Linux.</param>
/// <param name="LowPriority">Whether low-priority nodes of it exist.</param>
/// <param name="Serves">Whether online deployments may use it.</param>
internal sealed record VmSize(
    string Name,
    string Family,
    int Cores,
    int Gpus,
    double MemoryGB,
    int DiskMB,
    double Price,
    bool LowPriority = true,
    bool Serves = true);
