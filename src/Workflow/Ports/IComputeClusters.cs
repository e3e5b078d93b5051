using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>AmlCompute clusters of the workspace.</summary>
public interface IComputeClusters
{
    /// <summary>Reads a cluster.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The cluster, or null when the service says 404. Any other error is thrown: only 404 means "create".</returns>
    Task<ComputeCluster?> GetAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Starts to create (or update) a cluster.</summary>
    /// <param name="request">Name, size, nodes.</param>
    /// <param name="lowPriority">LowPriority when true, else Dedicated.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The operation to poll, or null when it was done at once.</returns>
    Task<OperationReference?> BeginCreateAsync(ComputeRequest request, bool lowPriority, CancellationToken cancellationToken = default);
}
