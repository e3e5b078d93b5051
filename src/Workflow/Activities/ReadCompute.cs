using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Activities;

/// <summary>Reads the cluster once it should be there, and holds it against the rules again: it is the one that will train.</summary>
/// <param name="clusters">The workspace's clusters.</param>
/// <param name="registry">The base model, whose allow-list counts.</param>
public sealed class ReadCompute(IComputeClusters clusters, IModelRegistry registry) : WorkflowActivity<ComputeReading, ComputeCluster>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<ComputeReading, Outcome<ComputeCluster>> Name { get; } = new(nameof(ReadCompute));

    /// <inheritdoc/>
    protected override async Task<ComputeCluster> DoAsync(ComputeReading input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        ComputeCluster cluster = await clusters.GetAsync(input.Name, cancellationToken)
            ?? throw new UpstreamException(OutcomeKind.NotFound, new Failure("ComputeGone", $"The cluster {input.Name} is gone.")
            {
                Where = input.Name,
                NextStep = "Somebody deleted it while the run was under way. Start the run again.",
            });
        ProvisioningStates.RequireSucceeded($"The cluster {cluster.Name}", cluster.ProvisioningState, cluster.ProvisioningError);
        if (!string.Equals(cluster.VmSize, input.PlannedVmSize, StringComparison.OrdinalIgnoreCase))
        {
            throw new UpstreamException(OutcomeKind.Conflict, new Failure(
                "ComputeChanged", $"The cluster {cluster.Name} has size {cluster.VmSize}, but the run was planned for {input.PlannedVmSize}.")
            {
                Where = cluster.Name,
                NextStep = "Somebody replaced it while the run was under way. Start the run again.",
            });
        }

        return ComputeRules.CheckCluster(cluster, await ModelAsync(input.BaseModelId, cancellationToken)) is { } problem
            ? throw new UpstreamException(OutcomeKind.Invalid, problem)
            : cluster;
    }

    private Task<RegistryModel> ModelAsync(string id, CancellationToken cancellationToken)
    {
        // azureml://registries/{registry}/models/{name}/versions/{version}
        string[] parts = id.Split('/');
        return registry.GetModelAsync(new ModelReference { Registry = parts[3], Name = parts[5], Version = parts[7] }, cancellationToken);
    }
}
