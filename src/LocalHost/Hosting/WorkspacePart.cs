using System.Globalization;
using Azure.Core;
using Azure.Identity;
using FineTune.Api;
using FineTune.AzureMachineLearning;
using FineTune.LocalHost.Configuration;
using FineTune.Simulator;
using FineTune.Storage;
using FineTune.Workflow.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace FineTune.LocalHost.Hosting;

/// <summary>The Azure ML workspace: a real one, or the simulator in this process.</summary>
internal sealed class WorkspacePart(
    HostSettings settings, HostClock clock, StoragePart storage, Lazy<TokenCredential> credential, IServer server, IHostApplicationLifetime application)
    : HostPart("workspace")
{
    private AzureMachineLearningClient? _client;
    private WebApplication? _simulator;

    /// <summary>The client.</summary>
    public AzureMachineLearningClient Client => _client ?? throw new InvalidOperationException("The workspace is not up yet.");

    /// <summary>The simulated workspace; null for a real one.</summary>
    public Simulation? Simulation => _simulator?.Services.GetRequiredService<Simulation>();

    /// <summary>Where the simulator answers; null for a real workspace.</summary>
    public Uri? SimulatorAddress { get; private set; }

    public static void AddTo(IServiceCollection services)
    {
        // Made when first needed: its browser is for a person in front of this machine, which no other host has.
        services.AddSingleton(provider => new BrowserSignIn(
            new InteractiveBrowserCredential(),
            BrowserSignIn.FindsScreen(),
            provider.GetRequiredService<HostClock>().Real,
            provider.GetRequiredService<ILogger<BrowserSignIn>>()));
        services.AddSingleton(provider => new Lazy<TokenCredential>(() => provider.GetRequiredService<HostSettings>().Workspace.IsSimulated
            ? new LoopbackCredential()
            : new ChainedTokenCredential(new DefaultAzureCredential(), provider.GetRequiredService<BrowserSignIn>())));
        services.AddSingleton<WorkspacePart>().AddSingleton<HostPart>(provider => provider.GetRequiredService<WorkspacePart>());
        services.AddAzureMachineLearning(provider => provider.GetRequiredService<WorkspacePart>().Client);
        services.AddSingleton<IDatastoreUploads>(provider => new DatastoreUploads(
            provider.GetRequiredService<IDatastoreAccess>(), provider.GetRequiredService<Lazy<TokenCredential>>().Value));
    }

    /// <inheritdoc/>
    public override async Task<string> StartAsync(IProgress<string> progress, CancellationToken stopping)
    {
        WorkspaceSettings workspace = settings.Workspace;
        if (!workspace.IsSimulated)
        {
            _client = new AzureMachineLearningClient(
                new WorkspaceIdentifier(workspace.SubscriptionId!, workspace.ResourceGroup!, workspace.Name!),
                credential.Value,
                new AzureMachineLearningClientOptions { Cloud = workspace.FindCloud()! });
            return $"{workspace.Name} in {workspace.ResourceGroup}";
        }

        var options = new SimulatorOptions
        {
            DataDirectory = Path.Combine(settings.Data, "cloud"),
            Port = KeptPort() ?? settings.Simulator.Port,
            BlobConnectionString = storage.ConnectionString,
            TrainingWait = settings.Simulator.TrainingWait,
            EventsWebhook = await ListenAsync(stopping),
        };
        _simulator = SimulatorApplication.Build(options, clock.Time);
        try
        {
            await _simulator.StartAsync(stopping);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            throw new IOException(
                $"The simulator's port {options.Port} is in use by another program, perhaps another host. "
                + "Choose another by the setting FineTune__Simulator__Port; 0 takes a free one.",
                error);
        }

        SimulatorAddress = SimulatorApplication.BaseAddress(_simulator);
        await File.WriteAllTextAsync(PortFile, SimulatorAddress.Port.ToString(CultureInfo.InvariantCulture), stopping);
        _client = new AzureMachineLearningClient(
            new WorkspaceIdentifier(options.SubscriptionId, options.ResourceGroup, options.WorkspaceName),
            credential.Value,
            new AzureMachineLearningClientOptions { Cloud = AzureMachineLearningCloud.Loopback(SimulatorAddress) });
        return $"simulator at {SimulatorAddress}";
    }

    /// <inheritdoc/>
    public override Task StopAsync() => _simulator?.DisposeAsync().AsTask() ?? Task.CompletedTask;

    /// <summary>Where this host is told of jobs. Its listener is opened about when its parts begin to start.</summary>
    private async Task<Uri> ListenAsync(CancellationToken stopping)
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = application.ApplicationStarted.Register(listening.SetResult);
        await listening.Task.WaitAsync(stopping);
        return new Uri(new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First()), JobEventEndpoints.Path);
    }

    private string PortFile => Path.Combine(settings.Data, "cloud", "port");

    // Histories hold addresses of operations, as the service gave them: the simulator must answer there again.
    private int? KeptPort() =>
        settings.Simulator.Port == 0 && File.Exists(PortFile)
        && int.TryParse(File.ReadAllText(PortFile), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            ? port
            : null;
}
