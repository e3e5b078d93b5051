using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Workflow.Tests.Orchestrations;

/// <summary>
/// Every port of the workflow in memory, over virtual time: long-running operations take time, names are unique, and what a
/// test wants to go wrong goes wrong. Counts what was created, so that "exactly one" can be asserted.
/// </summary>
internal sealed class InMemoryAzure(TimeProvider time) :
    IModelRegistry, IWorkspace, IComputeClusters, IOperations, IPipelineJobs, ITrainingMetrics, IModels, IOnlineEndpoints,
    IDatasetSource, IDatasetPreparation, IDatastoreUploads, IRunRecords, IServiceProvider
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (DateTimeOffset DoneAt, OperationStatus End)> _operations = [];
    private readonly Dictionary<string, OnlineEndpoint> _endpoints = [];
    private readonly Dictionary<string, OnlineDeployment> _deployments = [];
    private readonly Dictionary<string, RegisteredModel> _models = [];
    private readonly Dictionary<string, (PipelineJobSpec Spec, DateTimeOffset EndsAt, JobState End)> _jobs = [];

    /// <summary>Asked at the start of every call with its name; what it throws, the call throws.</summary>
    public Action<string> OnCall { get; set; } = _ => { };

    /// <summary>Names of all calls, in order.</summary>
    public ConcurrentQueue<string> Calls { get; } = [];

    public ConcurrentDictionary<string, string> Records { get; } = [];

    public ComputeCluster? Cluster { get; set; }

    public IReadOnlyList<CoreQuota> Quotas { get; set; } = [new("Standard NCADSA100v4 Family Cluster Dedicated vCPUs", 0, 96)];

    public IReadOnlyList<PermissionSet>? Permissions { get; set; } = [new(["*"], [])];

    public OperationStatus ClusterCreation { get; set; } = new(OperationState.Succeeded);

    public OperationStatus Deployment { get; set; } = new(OperationState.Succeeded);

    public JobState JobEnd { get; set; } = JobState.Completed;

    public TimeSpan Training { get; set; } = TimeSpan.FromMinutes(40);

    public DatasetPreparationResult? Preparation { get; set; }

    public RunRequestFile? RequestFile { get; set; }

    public string Answer { get; set; } = "An answer.";

    public IReadOnlyList<MetricSeries> Metrics { get; set; } =
    [
        new("training", "epoch", [new(1, 1), new(2, 2)]),
        new("training", "loss", [new(1, 2.5), new(2, 1.5)]),
        new("training", "eval_loss", [new(1, 2.6), new(2, 1.75)]),
    ];

    public int JobsCreated { get; private set; }

    public int ModelsCreated { get; private set; }

    public int EndpointsCreated { get; private set; }

    public int ClustersCreated { get; private set; }

    public int ActiveJobs => _jobs.Values.Count(job => State(job) == JobState.Active);

    public int LiveEndpoints => _endpoints.Count;

    public IReadOnlyDictionary<string, OnlineEndpoint> Endpoints => _endpoints;

    public PipelineJobSpec OnlyJob => _jobs.Values.Single().Spec;

    public RegisteredModel? OnlyModel => _models.Values.SingleOrDefault();

    public object? GetService(Type serviceType) => serviceType.IsInstanceOfType(this) ? this : null;

    // Registry and workspace.

    public Task<RegistryModel> GetModelAsync(ModelReference reference, CancellationToken cancellationToken = default) => Call(() =>
        new RegistryModel($"azureml://registries/azureml/models/{reference.Name}/versions/7", reference.Name, "7", IsArchived: false, new Dictionary<string, string>
        {
            ["finetune_compute_allow_list"] = "['Standard_NC24ads_A100_v4', 'Standard_ND96asr_v4']",
            ["model_specific_defaults"] = "{'num_train_epochs': 2, 'precision': 16, 'learning_rate_min': 5e-07}",
        }));

    public Task<RegistryComponent> GetComponentAsync(ComponentReference reference, CancellationToken cancellationToken = default) => Call(() =>
        new RegistryComponent($"azureml://registries/azureml/components/{reference.Name}/versions/0.0.82", reference.Name, "0.0.82", TestComponent.Inputs));

    public Task<IReadOnlyList<VmSize>> ListVmSizesAsync(CancellationToken cancellationToken = default) => Call<IReadOnlyList<VmSize>>(() =>
        [new("Standard_NC24ads_A100_v4", 1, 24, 220, true) { Family = "standardNCADSA100v4Family" }, new("Standard_ND96asr_v4", 8, 96, 900, false)]);

    public Task<IReadOnlyList<CoreQuota>> ListCoreQuotasAsync(CancellationToken cancellationToken = default) => Call(() => Quotas);

    public Task<IReadOnlyList<PermissionSet>?> FindPermissionsAsync(CancellationToken cancellationToken = default) => Call(() => Permissions);

    // Compute.

    public Task<ComputeCluster?> GetAsync(string name, CancellationToken cancellationToken = default) => Call(() => Cluster, "GetCluster");

    public Task<OperationReference?> BeginCreateAsync(ComputeRequest request, bool lowPriority, CancellationToken cancellationToken = default) => Call(() =>
    {
        ClustersCreated++;
        bool fails = !lowPriority && ClusterCreation.State != OperationState.Succeeded;
        Cluster = new ComputeCluster(
            $"/computes/{request.Name}", request.Name, request.Size.ToUpperInvariant(), lowPriority ? "LowPriority" : "Dedicated",
            fails ? "Failed" : "Succeeded", request.MaxNodes);
        return Start(TimeSpan.FromMinutes(2), fails ? ClusterCreation : new OperationStatus(OperationState.Succeeded));
    });

    public Task<OperationStatus> GetStatusAsync(OperationReference operation, CancellationToken cancellationToken = default) => Call(() =>
        time.GetUtcNow() >= _operations[operation.Url].DoneAt ? _operations[operation.Url].End : new OperationStatus(OperationState.Running));

    // Jobs and metrics.

    public Task<JobSnapshot> SubmitAsync(PipelineJobSpec job, CancellationToken cancellationToken = default) => Call(() =>
    {
        if (_jobs.TryAdd(job.Name, (job, time.GetUtcNow() + Training, JobEnd)))
        {
            JobsCreated++;
        }

        return Snapshot(job.Name);
    });

    Task<JobSnapshot> IPipelineJobs.GetAsync(string name, CancellationToken cancellationToken) => Call(() => _jobs.ContainsKey(name)
        ? Snapshot(name)
        : throw new UpstreamException(OutcomeKind.NotFound, new Failure("JobNotFound", "No such job.")), "GetJob");

    public Task CancelAsync(string name, CancellationToken cancellationToken = default) => Call<object?>(() =>
    {
        if (_jobs.TryGetValue(name, out (PipelineJobSpec Spec, DateTimeOffset EndsAt, JobState End) job) && State(job) == JobState.Active)
        {
            _jobs[name] = job with { EndsAt = time.GetUtcNow() + TimeSpan.FromMinutes(1), End = JobState.Canceled };
        }

        return null;
    });

    Task<IReadOnlyList<MetricSeries>> ITrainingMetrics.GetAsync(
        string jobName, string experimentName, bool includeHistories, CancellationToken cancellationToken) => Call(() => Metrics, "GetMetrics");

    public Task<RegisteredModel> RegisterAsync(ModelRegistration model, CancellationToken cancellationToken = default) => Call(() =>
    {
        if (_models.TryAdd($"{model.Name}:{model.Version}", new RegisteredModel($"/models/{model.Name}/versions/{model.Version}", model.Name, model.Version)))
        {
            ModelsCreated++;
        }

        return _models[$"{model.Name}:{model.Version}"];
    });

    // Endpoints.

    Task<OnlineEndpoint?> IOnlineEndpoints.GetAsync(string name, CancellationToken cancellationToken) => Call(() =>
        _endpoints.GetValueOrDefault(name), "GetEndpoint");

    public async IAsyncEnumerable<OnlineEndpoint> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (OnlineEndpoint endpoint in await Call(() => _endpoints.Values.ToList(), "ListEndpoints"))
        {
            yield return endpoint;
        }
    }

    Task<OperationReference?> IOnlineEndpoints.BeginCreateAsync(OnlineEndpointSpec endpoint, CancellationToken cancellationToken) => Call(() =>
    {
        EndpointsCreated++;
        _endpoints.Add(endpoint.Name, new OnlineEndpoint(endpoint.Name, "Succeeded", $"https://{endpoint.Name}/score", endpoint.Tags, new Dictionary<string, int>()));
        return Start(TimeSpan.FromMinutes(1), new OperationStatus(OperationState.Succeeded));
    }, "BeginCreateEndpoint");

    public Task<OperationReference?> BeginSetTrafficAsync(string name, string deployment, int percent, CancellationToken cancellationToken = default) => Call(() =>
    {
        _endpoints[name] = _endpoints[name] with { Traffic = new Dictionary<string, int> { [deployment] = percent } };
        return Start(TimeSpan.FromSeconds(30), new OperationStatus(OperationState.Succeeded));
    });

    public Task UpdateTagsAsync(string name, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken = default) => Call<object?>(() =>
    {
        _endpoints[name] = _endpoints[name] with { Tags = _endpoints[name].Tags.Concat(tags).GroupBy(tag => tag.Key).ToDictionary(tag => tag.Key, tag => tag.Last().Value) };
        return null;
    });

    public Task<OperationReference?> BeginDeleteAsync(string name, CancellationToken cancellationToken = default) => Call(() =>
    {
        // Gone once the operation has ended; until then it is there and bills.
        _endpoints[name] = _endpoints[name] with { ProvisioningState = "Deleting" };
        time.CreateTimer(_ => Forget(name), null, TimeSpan.FromMinutes(2), Timeout.InfiniteTimeSpan);
        return Start(TimeSpan.FromMinutes(2), new OperationStatus(OperationState.Succeeded));
    });

    public Task<OnlineDeployment?> GetDeploymentAsync(string endpoint, string name, CancellationToken cancellationToken = default) => Call(() =>
        _deployments.GetValueOrDefault($"{endpoint}/{name}"));

    public Task<OperationReference?> BeginCreateDeploymentAsync(OnlineDeploymentSpec deployment, CancellationToken cancellationToken = default) => Call(() =>
    {
        bool fails = Deployment.State != OperationState.Succeeded;
        _deployments.Add(
            $"{deployment.Endpoint}/{deployment.Request.Name}",
            new OnlineDeployment(deployment.Request.Name, fails ? "Failed" : "Succeeded", deployment.Request.InstanceType, deployment.Request.InstanceCount));
        return Start(TimeSpan.FromMinutes(8), Deployment);
    });

    public Task<string> GetDeploymentLogsAsync(string endpoint, string deployment, int lines, CancellationToken cancellationToken = default) => Call(() =>
        "ImportError: the container's last words");

    public Task<ScoringAnswer> ScoreAsync(
        string endpoint, string? deployment, IReadOnlyList<ChatMessage> messages, SmokeTestRequest parameters, CancellationToken cancellationToken = default) =>
        Call(() => new ScoringAnswer(Answer, Answer, deployment, TimeSpan.FromSeconds(0.25)));

    // Dataset and records.

    Task<IReadOnlyList<DatasetFile>> IDatasetSource.ListAsync(string path, CancellationToken cancellationToken) => Call<IReadOnlyList<DatasetFile>>(() =>
        [new DatasetFile(path, 1000, "0x1")], "ListDataset");

    public Task<Stream> OpenReadAsync(DatasetFile file, CancellationToken cancellationToken = default) => Call(() => Stream.Null);

    public Task<RunRequestFile?> ReadRunRequestAsync(DroppedDataset drop, CancellationToken cancellationToken = default) => Call(() => RequestFile);

    public ConcurrentDictionary<string, string> Marks { get; } = [];

    public Task MarkRefusedAsync(string path, string page, CancellationToken cancellationToken = default) => Call<object?>(() => Marks[path] = page);

    public Task ClearRefusalAsync(string path, CancellationToken cancellationToken = default) => Call<object?>(() => Marks.TryRemove(path, out _));

    public string RenderReport(string title, DatasetPreparationResult result) => $"<p>{title}: {result.Refusal?.Code ?? "accepted"}</p>";

    public async Task<DatasetPreparationResult> PrepareAsync(
        IReadOnlyList<DatasetFile> files,
        Func<DatasetFile, CancellationToken, Task<Stream>> open,
        DatasetRequest request,
        DatasetChecks checks,
        IDatasetSink sink,
        string temporaryDirectory,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        await Call<object?>(() => null);
        if (Preparation is not null)
        {
            return Preparation;
        }

        byte[] row = """{"messages":[{"role":"user","content":"Why?"},{"role":"assistant","content":"Because."}]}"""u8.ToArray();
        PreparedSplit[] splits =
        [
            new(SplitKind.Train, "train_sft.jsonl", 1, row.Length + 1, new string('a', 64)),
            new(SplitKind.Test, "test_sft.jsonl", 1, row.Length + 1, new string('b', 64)),
        ];
        foreach (PreparedSplit split in splits)
        {
            await using Stream stream = await sink.CreateAsync(split.FileName, cancellationToken);
            await stream.WriteAsync((byte[])[.. row, (byte)'\n'], cancellationToken);
        }

        foreach (PreparedSplit split in splits)
        {
            await sink.CompleteAsync(split, cancellationToken);
        }

        return new DatasetPreparationResult(splits, Report(rows: 2, invalid: 0), Refusal: null);
    }

    public async Task<string> UploadAsync(Stream content, string contentHash, string fileName, CancellationToken cancellationToken = default)
    {
        await content.CopyToAsync(Stream.Null, cancellationToken);
        return await Call(() => $"azureml://datastores/workspaceblobstore/paths/LocalUpload/{contentHash}/{fileName}");
    }

    public Task CheckAsync(CancellationToken cancellationToken = default) => Call(() => Unit.Value, "CheckDatastore");

    public Task<string> WriteAsync(string runId, string name, Stream content, string contentType, CancellationToken cancellationToken = default) => Call(() =>
    {
        using var reader = new StreamReader(content);
        Records[$"{runId}/{name}"] = reader.ReadToEnd();
        return $"https://records/{runId}/{name}";
    });

    public Task<RunRecord?> OpenAsync(string runId, string name, CancellationToken cancellationToken = default) => Call(() =>
        Records.TryGetValue($"{runId}/{name}", out string? text) ? new RunRecord(new MemoryStream(Encoding.UTF8.GetBytes(text)), "text/plain") : null);

    public static DatasetReport Report(long rows, long invalid, params DatasetFinding[] findings) => new()
    {
        Rows = rows,
        InvalidRows = invalid,
        UnselectedRows = 0,
        FindingCounts = findings.GroupBy(finding => finding.Code).ToDictionary(group => group.Key, group => group.LongCount()),
        Findings = findings,
        Files = [],
    };

    private void Forget(string endpoint)
    {
        lock (_gate)
        {
            _endpoints.Remove(endpoint);
        }
    }

    private OperationReference? Start(TimeSpan duration, OperationStatus end)
    {
        string url = $"https://operations/{_operations.Count}";
        _operations.Add(url, (time.GetUtcNow() + duration, end));
        return new OperationReference(url, OperationStyle.AzureAsyncOperation);
    }

    private JobState State((PipelineJobSpec Spec, DateTimeOffset EndsAt, JobState End) job) =>
        time.GetUtcNow() >= job.EndsAt ? job.End : JobState.Active;

    private JobSnapshot Snapshot(string name)
    {
        JobState state = State(_jobs[name]);
        return new JobSnapshot(name, state == JobState.Active ? "Running" : $"{state}", state)
        {
            Steps = [new JobStep("chat_completion_finetune", "Running")],
            Error = state == JobState.Failed ? new Failure("JobFailed", "CUDA out of memory") : null,
        };
    }

    private Task<T> Call<T>(Func<T> body, [CallerMemberName] string name = "")
    {
        name = name[(name.LastIndexOf('.') + 1)..];
        Calls.Enqueue(name);
        OnCall(name);
        lock (_gate)
        {
            return Task.FromResult(body());
        }
    }
}
