using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Activities;

/// <summary>
/// Resolves everything a run needs and checks it, by reads only; all problems are told at once: parameters, machines, quotas,
/// endpoints, the datastore, this identity's permissions. Keeps the request among
/// the run's records, which also marks a drop as handled for good.
/// </summary>
/// <param name="registry">Base model and component.</param>
/// <param name="workspace">VM sizes, quotas, permissions.</param>
/// <param name="clusters">The cluster, if it exists.</param>
/// <param name="endpoints">The endpoints there are.</param>
/// <param name="uploads">Where the dataset will go.</param>
/// <param name="records">The run's records.</param>
public sealed class PlanRun(
    IModelRegistry registry, IWorkspace workspace, IComputeClusters clusters, IOnlineEndpoints endpoints, IDatastoreUploads uploads, IRunRecords records)
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

        Task<Outcome<RegistryModel>> readModel = TryAsync(() => registry.GetModelAsync(request.BaseModel, cancellationToken));
        Task<Outcome<RegistryComponent>> readComponent = TryAsync(() => registry.GetComponentAsync(request.Component, cancellationToken));
        Task<Outcome<IReadOnlyList<VmSize>>> readSizes = TryAsync(() => workspace.ListVmSizesAsync(cancellationToken));
        Task<Outcome<ComputeCluster?>> readCluster = TryAsync(() => clusters.GetAsync(request.Compute.Name, cancellationToken));
        Task<Outcome<IReadOnlyList<CoreQuota>>> readQuotas = TryAsync(() => workspace.ListCoreQuotasAsync(cancellationToken));
        Task<Outcome<int>> countEndpoints = TryAsync(() => endpoints.ListAsync(cancellationToken).CountAsync(cancellationToken).AsTask());
        Task<Outcome<Unit>> checkDatastore = TryAsync(() => CheckDatastoreAsync(cancellationToken));
        Task<IReadOnlyList<PermissionSet>?> readPermissions = workspace.FindPermissionsAsync(cancellationToken);
        await Task.WhenAll(readModel, readComponent, readSizes, readCluster, readQuotas, countEndpoints, checkDatastore, readPermissions);
        Outcome<ComputeCluster?> found = await readCluster;
        Outcome<int> endpointCount = await countEndpoints;
        List<Failure> problems =
        [
            .. Found((await readModel).Failure),
            .. Found((await readComponent).Failure),
            .. Found((await readSizes).Failure),
            .. Found(found.Failure),
            .. Found(endpointCount.IsSuccess ? PreflightRules.CheckEndpoints(endpointCount.Value) : endpointCount.Failure),
            .. Found((await checkDatastore).Failure),
            .. Found(PreflightRules.CheckPermissions(await readPermissions, createsCluster: found is { IsSuccess: true, Value: null })),
        ];
        if ((await readModel).Value is not { } model || (await readComponent).Value is not { } component || (await readSizes).Value is not { } sizes || found.Failure is not null)
        {
            OutcomeKind kind = ((OutcomeKind[])[(await readModel).Kind, (await readComponent).Kind, (await readSizes).Kind, found.Kind]).First(kind => kind != OutcomeKind.Succeeded);
            throw new UpstreamException(kind, Combine(problems));
        }

        ComputeCluster? cluster = found.Value;
        ComputeCluster planned = cluster ?? new ComputeCluster(
            request.Compute.Name, request.Compute.Name, request.Compute.Size, "Dedicated", ProvisioningStates.Succeeded, request.Compute.MaxNodes);
        MergedParameters merged = ParameterMerge.Merge(component, request.Parameters, model.Tags.GetValueOrDefault(ParameterMerge.ModelDefaultsTag));
        Outcome<int> gpus = ComputeRules.GpusPerNode(planned.VmSize, sizes, model);
        Outcome<IReadOnlyList<CoreQuota>> quotas = await readQuotas;
        (Failure? trainingQuota, string? trainingWarning) = PreflightRules.CheckTrainingCores(
            planned, ComputeRules.Nodes(merged.Parameters), request.Compute.AllowLowPriority, sizes, quotas.Value ?? []);
        (Failure? servingQuota, string? servingWarning) = PreflightRules.CheckServingCores(request.Deployment, cluster, sizes, quotas.Value ?? []);
        string? unknownQuota = quotas.IsSuccess ? null : $"The quotas could not be read, so that a lack of cores shows only when they are needed: {quotas.Failure.Message}";
        problems.InsertRange(0,
        [
            .. merged.Problems,
            .. Found(ComputeRules.CheckCluster(planned, model)),
            .. Found(ComputeRules.CheckNodes(planned, merged.Parameters)),
            .. Found(gpus.Failure),
            .. Found(ComputeRules.CheckServingSize(request.Deployment.InstanceType, model, request.Deployment.AllowUnlistedInstanceType, sizes)),
            .. Found(trainingQuota),
            .. Found(servingQuota),
        ]);
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
            Warnings = [.. Warnings(request, model, cluster), .. ((string?[])[trainingWarning, servingWarning, unknownQuota]).OfType<string>(), .. merged.Warnings],
        };
    }

    private async Task<Unit> CheckDatastoreAsync(CancellationToken cancellationToken)
    {
        await uploads.CheckAsync(cancellationToken);
        return Unit.Value;
    }

    // A refusal is one problem among others; what is only busy lets the whole activity be tried again.
    private static async Task<Outcome<T>> TryAsync<T>(Func<Task<T>> read)
    {
        try
        {
            return Outcome<T>.Success(await read());
        }
        catch (UpstreamException e) when (e.Kind != OutcomeKind.Transient)
        {
            return Outcome<T>.Fail(e.Kind, e.Failure);
        }
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
