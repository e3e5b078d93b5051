using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>Long-running operations of Azure Resource Manager.</summary>
public interface IOperations
{
    /// <summary>Asks once how an operation stands.</summary>
    /// <param name="operation">Which.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Its state; every word that is not terminal counts as running.</returns>
    Task<OperationStatus> GetStatusAsync(OperationReference operation, CancellationToken cancellationToken = default);
}
