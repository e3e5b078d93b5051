using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>The Azure ML workspace itself.</summary>
public interface IWorkspace
{
    /// <summary>VM sizes offered in the workspace's region, with GPUs per node.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>All sizes.</returns>
    Task<IReadOnlyList<VmSize>> ListVmSizesAsync(CancellationToken cancellationToken = default);

    /// <summary>Dedicated cores that the subscription and the workspace may use in the workspace's region.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>A line for each family and limit.</returns>
    Task<IReadOnlyList<CoreQuota>> ListCoreQuotasAsync(CancellationToken cancellationToken = default);

    /// <summary>What this identity may do in the workspace.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>One entry a role; null when the service does not tell.</returns>
    Task<IReadOnlyList<PermissionSet>?> FindPermissionsAsync(CancellationToken cancellationToken = default);
}
