using FineTune.Simulator.Assets;
using FineTune.Simulator.Computes;
using FineTune.Simulator.Datastores;
using FineTune.Simulator.Events;
using FineTune.Simulator.Faults;
using FineTune.Simulator.Hosting;
using FineTune.Simulator.Http;
using FineTune.Simulator.Jobs;
using FineTune.Simulator.OnlineEndpoints;
using FineTune.Simulator.Registry;
using FineTune.Simulator.State;

namespace FineTune.Simulator;

/// <summary>The parts of a running simulator, put together. A service of the application that <see cref="SimulatorApplication.Build"/> returns.</summary>
public sealed class Simulation : IAsyncDisposable
{
    private readonly ResourceStore _store;
    private readonly RequestLog _log;
    private readonly Computation _computation;
    private readonly SimulatedWorkspace _workspace;
    private readonly Dispatcher _dispatcher;
    private readonly Action<ServiceRoutes>[] _groups;
    private readonly BlobForwarder? _forwarder;
    private readonly TimeProvider _time;
    private readonly EventPublisher? _publisher;

    internal Simulation(SimulatorOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _time = time;
        _store = new ResourceStore(options.DataDirectory, options.FlushToDisk);
        _log = new RequestLog(options.DataDirectory);
        _workspace = new SimulatedWorkspace(options, _store, time);
        FaultInjector faults = new(_store, options);
        _dispatcher = new Dispatcher(options, time, _store, faults, _log, loggers.CreateLogger<Dispatcher>());
        IDatastoreBlobs? blobs = options.DatastoreBlobs ?? (options.BlobConnectionString is { } connection ? new AzureDatastoreBlobs(connection) : null);
        _forwarder = blobs is AzureDatastoreBlobs account ? new BlobForwarder(account.Account.Name, account.Service) : null;
        JobArtifacts artifacts = new(options.DataDirectory);
        _computation = new Computation(_workspace, _store, blobs, artifacts, time, loggers.CreateLogger<Computation>());
        SystemRegistry registry = new();
        RunCatalog runs = new(_workspace, _store, _computation);
        RunHistoryRoutes history = new(_workspace, runs, _computation);
        if (options.EventsWebhook is not null)
        {
            RunEvents events = new(_workspace, _store, _computation, runs, history);
            _publisher = new EventPublisher(options, events, _computation, _store, time, loggers.CreateLogger<EventPublisher>());
        }

        _groups =
        [
            _workspace.Map,
            new LoginRoutes().Map,
            new RegistryRoutes(registry, options).Map,
            new ComputeRoutes(_workspace, _store).Map,
            new DatastoreRoutes(_workspace, blobs).Map,
            new AssetRoutes(_workspace, _store, _computation).Map,
            new JobRoutes(_workspace, _store, new JobSubmission(_workspace, _store, registry), _computation).Map,
            history.Map,
            new MlflowRoutes(_workspace, runs, _computation).Map,
            new EndpointRoutes(_workspace, _store).Map,
            new DeploymentRoutes(_workspace, _store).Map,
            new ScoringRoutes(_store, new ServedModels(artifacts)).Map,
            new SimulatorRoutes(_workspace, _store, _computation, faults, _log).Map,
        ];
        _computation.Resume();
    }

    /// <summary>Container of the default datastore in the workspace's storage account.</summary>
    public string ContainerName => _workspace.ContainerName;

    /// <summary>ARM id of the workspace.</summary>
    public string WorkspacePath => _workspace.Path;

    internal Computation Computation => _computation;

    /// <summary>
    /// Waits, in real time, until no training is going on that simulated time has started. What is done then is seen according to simulated time.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A task that ends when the simulator computes nothing.</returns>
    public Task WhenIdleAsync(CancellationToken cancellationToken = default) => _computation.WhenIdleAsync(cancellationToken);

    /// <summary>
    /// Delivers the events that are due to <see cref="SimulatorOptions.EventsWebhook"/>. They are delivered without it too, as simulated time goes
    /// by; it is for clocks whose timers do not fire.
    /// </summary>
    /// <param name="cancellationToken">Ends the delivery early.</param>
    /// <returns>A task that ends when each is delivered or given up.</returns>
    public Task PublishEventsAsync(CancellationToken cancellationToken = default) => _publisher?.PublishAsync(cancellationToken) ?? Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_publisher is not null)
        {
            await _publisher.DisposeAsync();
        }

        await _computation.DisposeAsync();
        _forwarder?.Dispose();
        _log.Dispose();
        _store.Dispose();
    }

    /// <summary>Begins what goes on without requests.</summary>
    internal void Start(Uri address) => _publisher?.Start(address);

    /// <summary>What the host name of a request says, for clients that use Azure's names: an account's blobs, or an endpoint's scoring.</summary>
    internal Task RouteByHostAsync(HttpContext context, RequestDelegate next)
    {
        string host = context.Request.Host.Host;
        if (_forwarder is not null && AzureHosts.IsBlob(host))
        {
            return ForwardAsync(context, _forwarder);
        }

        if (AzureHosts.EndpointOf(host) is { } endpoint)
        {
            context.Request.Path = new PathString("/endpoints/" + endpoint).Add(context.Request.Path);
        }

        return next(context);
    }

    private async Task ForwardAsync(HttpContext context, BlobForwarder forwarder)
    {
        await forwarder.ForwardAsync(context);
        _log.Write(_time.GetUtcNow(), context.Request.Method, $"https://{context.Request.Host}{context.Request.Path}", context.Response.StatusCode, fault: null);
    }

    internal void Map(IEndpointRouteBuilder builder)
    {
        ServiceRoutes routes = new(builder, _dispatcher);
        foreach (Action<ServiceRoutes> group in _groups)
        {
            group(routes);
        }

        _publisher?.Map(routes);
        routes.Fallback();
    }
}
