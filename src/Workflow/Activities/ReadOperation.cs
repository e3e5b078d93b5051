using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>Asks once how a long-running operation stands.</summary>
/// <param name="operations">Azure Resource Manager's operations.</param>
public sealed class ReadOperation(IOperations operations) : WorkflowActivity<OperationReference, OperationStatus>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<OperationReference, Outcome<OperationStatus>> Name { get; } = new(nameof(ReadOperation));

    /// <inheritdoc/>
    protected override Task<OperationStatus> DoAsync(OperationReference input, CancellationToken cancellationToken) =>
        operations.GetStatusAsync(input, cancellationToken);
}
