using Azure;
using Azure.Core;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning;

/// <summary>
/// An Azure Machine Learning workspace, and the registries, MLflow, run history and scoring that belong to it. Each property is a
/// part of the service and implements the workflow's port of that name. No member waits for a long-running operation: it is
/// started, and <see cref="Operations"/> tells how it stands. Thread-safe; create one for the life of the process.
/// </summary>
/// <remarks>Every failure is an <see cref="UpstreamException"/> that is sorted into a kind; see docs/adr/0004.</remarks>
public class AzureMachineLearningClient
{
    private readonly Workspace _workspace;
    private readonly OnlineEndpoints _endpoints;

    /// <summary>Creates the client. Nothing is sent yet.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="credential">Who asks.</param>
    /// <param name="options">Cloud, version, retries, diagnostics. Bodies are never logged, whatever it says: they hold keys and training rows.</param>
    /// <exception cref="ArgumentException">The cloud's address is plain http and not on this machine.</exception>
    public AzureMachineLearningClient(WorkspaceIdentifier workspace, TokenCredential credential, AzureMachineLearningClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        ArgumentNullException.ThrowIfNull(credential);
        var pipeline = new ServicePipeline(workspace, credential, options ?? new AzureMachineLearningClientOptions());
        var resource = new Workspace(pipeline);
        Registry = new ModelRegistry(pipeline);
        Workspace = _workspace = resource;
        ComputeClusters = new ComputeClusters(pipeline, resource);
        Datastores = new Datastores(pipeline);
        Jobs = new PipelineJobs(pipeline, new RunHistory(pipeline, resource));
        Metrics = new TrainingMetrics(pipeline, resource);
        Models = new Models(pipeline);
        OnlineEndpoints = _endpoints = new OnlineEndpoints(pipeline, resource);
        Operations = new Operations(pipeline);
    }

    /// <summary>Lists the workspace's online endpoints.</summary>
    /// <param name="cancellationToken">Stops all requests of the list.</param>
    /// <returns>The endpoints, or page after page of them; each page is a request.</returns>
    /// <remarks><c>GET {workspace}/onlineEndpoints?api-version=2024-04-01</c> (OnlineEndpoints_List); <c>nextLink</c> is followed verbatim, to trusted hosts only.</remarks>
    public virtual AsyncPageable<OnlineEndpoint> GetOnlineEndpointsAsync(CancellationToken cancellationToken = default) => _endpoints.GetAll(cancellationToken);

    /// <summary>Lists the VM sizes of the workspace's region.</summary>
    /// <param name="cancellationToken">Stops all requests of the list.</param>
    /// <returns>The sizes, or page after page of them.</returns>
    /// <remarks><c>GET {subscription}/providers/Microsoft.MachineLearningServices/locations/{location}/vmSizes?api-version=2024-04-01</c> (VirtualMachineSizes_List).</remarks>
    public virtual AsyncPageable<VmSize> GetVmSizesAsync(CancellationToken cancellationToken = default) => _workspace.GetVmSizes(cancellationToken);

    /// <summary>For mocking.</summary>
    protected AzureMachineLearningClient()
    {
        _workspace = null!;
        _endpoints = null!;
        Registry = null!;
        Workspace = null!;
        ComputeClusters = null!;
        Datastores = null!;
        Jobs = null!;
        Metrics = null!;
        Models = null!;
        OnlineEndpoints = null!;
        Operations = null!;
    }

    /// <summary>Base models and components in registries.</summary>
    public virtual IModelRegistry Registry { get; }

    /// <summary>The workspace itself.</summary>
    public virtual IWorkspace Workspace { get; }

    /// <summary>GPU clusters.</summary>
    public virtual IComputeClusters ComputeClusters { get; }

    /// <summary>The default datastore and its credential.</summary>
    public virtual IDatastoreAccess Datastores { get; }

    /// <summary>Pipeline jobs.</summary>
    public virtual IPipelineJobs Jobs { get; }

    /// <summary>What jobs logged to MLflow.</summary>
    public virtual ITrainingMetrics Metrics { get; }

    /// <summary>Models of the workspace.</summary>
    public virtual IModels Models { get; }

    /// <summary>Endpoints, deployments, scoring.</summary>
    public virtual IOnlineEndpoints OnlineEndpoints { get; }

    /// <summary>Long-running operations.</summary>
    public virtual IOperations Operations { get; }
}
