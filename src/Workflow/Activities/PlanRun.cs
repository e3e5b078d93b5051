using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Activities;

/// <summary>
/// Resolves everything a run needs and checks it, by reads only; all problems are told at once. Keeps the request among
/// the run's records, which also marks a drop as handled for good.
/// </summary>
/// <param name="registry">Base model and component.</param>
/// <param name="workspace">VM sizes.</param>
/// <param name="clusters">The cluster, if it exists.</param>
/// <param name="records">The run's records.</param>
public sealed class PlanRun(IModelRegistry registry, IWorkspace workspace, IComputeClusters clusters, IRunRecords records)
    : WorkflowActivity<Planning, RunPlan>
{
    private static readonly JsonSerializerOptions Indented = new(DurableJson.Options) { WriteIndented = true };

    /// <summary>The registered name.</summary>
    public static ActivityName<Planning, Outcome<RunPlan>> Name { get; } = new(nameof(PlanRun));

    /// <inheritdoc/>
    protected override async Task<RunPlan> DoAsync(Planning input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        RunRequest request = input.Request;
        using (var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(request, Indented)))
        {
            await records.WriteAsync(input.RunId, RunRecordNames.Request, content, "application/json", cancellationToken);
        }

        Task<RegistryModel> readModel = registry.GetModelAsync(request.BaseModel, cancellationToken);
        Task<RegistryComponent> readComponent = registry.GetComponentAsync(request.Component, cancellationToken);
        Task<IReadOnlyList<VmSize>> readSizes = workspace.ListVmSizesAsync(cancellationToken);
        Task<ComputeCluster?> readCluster = clusters.GetAsync(request.Compute.Name, cancellationToken);
        await Task.WhenAll(readModel, readComponent, readSizes, readCluster);
        RegistryModel model = await readModel;
        RegistryComponent component = await readComponent;
        IReadOnlyList<VmSize> sizes = await readSizes;
        ComputeCluster? cluster = await readCluster;

        ComputeCluster planned = cluster ?? new ComputeCluster(
            request.Compute.Name, request.Compute.Name, request.Compute.Size, "Dedicated", ProvisioningStates.Succeeded, request.Compute.MaxNodes);
        MergedParameters merged = ParameterMerge.Merge(component, request.Parameters, model.Tags.GetValueOrDefault(ParameterMerge.ModelDefaultsTag));
        Outcome<int> gpus = ComputeRules.GpusPerNode(planned.VmSize, sizes, model);
        List<Failure> problems =
        [
            .. merged.Problems,
            .. Found(ComputeRules.CheckCluster(planned, model)),
            .. Found(ComputeRules.CheckNodes(planned, merged.Parameters)),
            .. Found(gpus.Failure),
            .. Found(ComputeRules.CheckServingSize(request.Deployment.InstanceType, model, request.Deployment.AllowUnlistedInstanceType, sizes)),
        ];
        if (problems.Count > 0)
        {
            throw new UpstreamException(OutcomeKind.Invalid, Combine(problems));
        }

        string dataset = request.DatasetName ?? ResourceNames.DatasetName(request.Dataset.Path ?? "dataset");
        return new RunPlan
        {
            BaseModelId = model.Id,
            ComponentId = component.Id,
            Parameters = merged.Parameters,
            ComponentInputs = [.. PipelineJob.WorkflowInputs.Where(component.Inputs.ContainsKey)],
            ClusterExists = cluster is not null,
            VmSize = planned.VmSize,
            GpusPerNode = gpus.Value,
            DisplayName = DisplayName.For(model.Name, dataset, merged.Parameters, gpus.Value),
            ExperimentName = request.ExperimentName ?? ResourceNames.Experiment(model.Name),
            JobName = ResourceNames.Job(input.RunId),
            ModelName = ResourceNames.Model(model.Name, dataset),
            // Two runs may start in the same second; a version that is taken would be found out only after the training.
            ModelVersion = $"{ResourceNames.ModelVersion(input.StartedAt)}-{input.RunId[^4..]}",
            EndpointName = ResourceNames.Endpoint(input.RunId, dataset),
            DatasetName = dataset,
            Warnings = [.. Warnings(request, model, cluster), .. merged.Warnings],
        };
    }

    private static IEnumerable<string> Warnings(RunRequest request, RegistryModel model, ComputeCluster? cluster)
    {
        if (request.Dataset.SplitPercent < 100)
        {
            yield return FormattableString.Invariant($"Only {request.Dataset.SplitPercent} % of each split is used, as in the notebook; set dataset.splitPercent to 100 for all rows.");
        }

        if (model.IsArchived)
        {
            yield return $"{model.Name} version {model.Version} is archived; Azure may refuse to tune or serve it.";
        }

        if (cluster is not null && !string.Equals(cluster.VmSize, request.Compute.Size, StringComparison.OrdinalIgnoreCase))
        {
            yield return $"The cluster {cluster.Name} exists with size {cluster.VmSize}; the requested size {request.Compute.Size} has no effect.";
        }

        if (cluster is not null && !string.Equals(cluster.VmPriority, "Dedicated", StringComparison.OrdinalIgnoreCase))
        {
            yield return $"The cluster {cluster.Name} is {cluster.VmPriority}: a preempted job fails, it is not restarted.";
        }
    }

    private static IEnumerable<Failure> Found(Failure? failure) => failure is null ? [] : [failure];

    private static Failure Combine(List<Failure> problems) =>
        problems.Count == 1 ? problems[0] : new Failure("SeveralProblems", string.Join(" | ", problems))
        {
            NextStep = string.Join(" | ", problems.Select(problem => problem.NextStep).OfType<string>().Distinct(StringComparer.Ordinal)),
        };
}
