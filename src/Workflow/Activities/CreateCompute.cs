using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Activities;

/// <summary>Starts to create the cluster unless it is there. Only a 404 means "create": a denied read must not.</summary>
/// <param name="clusters">The workspace's clusters.</param>
public sealed class CreateCompute(IComputeClusters clusters) : WorkflowActivity<ComputeCreation, OperationStart>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<ComputeCreation, Outcome<OperationStart>> Name { get; } = new(nameof(CreateCompute));

    /// <inheritdoc/>
    protected override async Task<OperationStart> DoAsync(ComputeCreation input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        ComputeCluster? existing = await clusters.GetAsync(input.Compute.Name, cancellationToken);

        // What failed as Dedicated may be asked for again as LowPriority; anything else that exists is left as it is.
        bool createAgain = input.LowPriority && existing is { ProvisioningState: ProvisioningStates.Failed };
        return new OperationStart(existing is null || createAgain
            ? await clusters.BeginCreateAsync(input.Compute, input.LowPriority, cancellationToken)
            : null);
    }
}
