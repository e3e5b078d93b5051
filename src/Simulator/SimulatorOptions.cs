using FineTune.Simulator.Datastores;
using FineTune.Simulator.Faults;

namespace FineTune.Simulator;

/// <summary>What a simulated workspace is called, where it keeps its state, how fast its cloud works and what shall go wrong in it.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Folder of the workspace's state, trained models and request log. It is created; opening it again continues everything in it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Port on 127.0.0.1; 0 takes any free one.</summary>
    public int Port { get; init; }

    /// <summary>
    /// Port on 127.0.0.1 that speaks https, by a certificate of the simulator's own that it leaves as <c>certificate.pem</c> in
    /// <see cref="DataDirectory"/>; 0 takes any free one, none does without. The port is also a proxy (HTTPS_PROXY) under which clients reach
    /// the simulator by Azure's own host names.
    /// </summary>
    public int? HttpsPort { get; init; }

    /// <summary>Subscription of the workspace.</summary>
    public string SubscriptionId { get; init; } = "00000000-0000-0000-0000-000000000001";

    /// <summary>Resource group of the workspace.</summary>
    public string ResourceGroup { get; init; } = "rg-simulator";

    /// <summary>Name of the workspace.</summary>
    public string WorkspaceName { get; init; } = "ws-simulator";

    /// <summary>Azure region that the workspace pretends to be in.</summary>
    public string Location { get; init; } = "eastus";

    /// <summary>
    /// Connection string of the storage account behind the datastore <c>workspaceblobstore</c> (Azurite's, or a real account's).
    /// Ignored when <see cref="DatastoreBlobs"/> is set; without either, jobs find no blob.
    /// </summary>
    public string? BlobConnectionString { get; init; }

    /// <summary>Where the blobs of <c>workspaceblobstore</c> are, if not in the account of <see cref="BlobConnectionString"/>.</summary>
    public IDatastoreBlobs? DatastoreBlobs { get; init; }

    /// <summary>What <c>workspaceblobstore</c> gives to clients. An account without a known key is used with an identity in any case.</summary>
    public DatastoreCredentials DatastoreCredentials { get; init; }

    /// <summary>
    /// Whether members of a request body that the service does not know are let through, and members in wrong spelling are taken for what they
    /// mean. The service refuses both, and so does the simulator by default.
    /// </summary>
    public bool Loose { get; init; }

    /// <summary>How long everything takes.</summary>
    public SimulatorDurations Durations { get; init; } = new();

    /// <summary>
    /// Simulated seconds in a second of the clients' clock, above 0: what <c>Retry-After</c> tells them is counted in the latter. Leave it at 1
    /// for clients that live in simulated time themselves.
    /// </summary>
    public double ClientTimeFactor { get; init; } = 1;

    /// <summary>
    /// Longest time, in real time, that a request which looks at a job waits for the training itself when simulated time is already past
    /// the point where the training was to be finished. Zero, the default, never waits: the job goes on running until the training is done, so
    /// a machine that computes more slowly than simulated time goes by shows in the job's times.
    /// Set it where time is virtual, so that time cannot run ahead of the computation.
    /// </summary>
    public TimeSpan TrainingWait { get; init; }

    /// <summary>
    /// Cores that the workspace may use per VM family, by the family's name as in the list of VM sizes (<c>StandardNCADSA100v4Family</c>).
    /// Families left out have the catalogue's default.
    /// </summary>
    public IReadOnlyDictionary<string, int> CoreQuota { get; init; } = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// What the workspace tells its callers that they may do, as the actions of a role. It is told, and not enforced: the simulator lets everybody
    /// do everything.
    /// </summary>
    public IReadOnlyList<string> AllowedActions { get; init; } = ["*"];

    /// <summary>Items on one page of a list, at least 1.</summary>
    public int PageSize { get; init; } = 30;

    /// <summary>
    /// Webhook that gets the workspace's events about runs, as Event Grid would deliver them: <c>Microsoft.MachineLearningServices.RunStatusChanged</c>
    /// and <c>RunCompleted</c>, of jobs and of their steps. None gets none.
    /// </summary>
    public Uri? EventsWebhook { get; init; }

    /// <summary>Waits, in real time, before an event that was not accepted is sent again; after the last it is given up.</summary>
    public IReadOnlyList<TimeSpan> EventRetryDelays { get; init; } =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30)];

    /// <summary>What shall go wrong.</summary>
    public FaultPlan Faults { get; init; } = FaultPlan.None;

    /// <summary>Whether <c>PUT /simulator/faults</c> may replace the fault plan.</summary>
    public bool AllowFaultChanges { get; init; }

    /// <summary>
    /// Whether every change is flushed to the disk before it is answered, so that it survives a loss of power. Without it, it
    /// still survives the death of the process.
    /// </summary>
    public bool FlushToDisk { get; init; } = true;

    /// <summary>Whether warnings and errors go to the console.</summary>
    public bool LogToConsole { get; init; }
}
