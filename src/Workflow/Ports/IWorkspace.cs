using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>The Azure ML workspace itself.</summary>
public interface IWorkspace
{
    /// <summary>VM sizes offered in the workspace's region, with GPUs per node.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>All sizes.</returns>
    Task<IReadOnlyList<VmSize>> ListVmSizesAsync(CancellationToken cancellationToken = default);
}
