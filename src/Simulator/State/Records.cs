using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace FineTune.Simulator.State;

/// <summary>What a workspace has from its birth.</summary>
internal sealed record WorkspaceRecord(Guid WorkspaceId, DateTimeOffset CreatedAt) : StoredRecord
{
    public const string OnlyKey = "workspace";

    [JsonIgnore]
    public override string Key => OnlyKey;
}

/// <summary>The relation of simulated to real time, for a clock that runs at another speed.</summary>
internal sealed record ClockRecord(DateTimeOffset RealAnchor, DateTimeOffset SimulatedAnchor, double Speed) : StoredRecord
{
    public const string OnlyKey = "clock";

    [JsonIgnore]
    public override string Key => OnlyKey;
}

/// <summary>An AmlCompute cluster. <see cref="Properties"/> is the inner <c>properties.properties</c> as it was sent.</summary>
internal sealed record ComputeRecord(
    string Name,
    JsonObject Properties,
    JsonObject? Tags,
    string? Description,
    string VmSize,
    bool LowPriority,
    int MinNodes,
    int MaxNodes,
    DateTimeOffset CreatedAt,
    DateTimeOffset ModifiedAt,
    Provisioning Provisioning) : StoredRecord
{
    [JsonIgnore]
    public override string Key => KeyOf(Name);

    public static string KeyOf(string name) => "computes/" + name;
}

/// <summary>A long-running operation; how far it is follows from its times and the clock.</summary>
internal sealed record OperationRecord(string Id, bool IsCompute, DateTimeOffset StartedAt, DateTimeOffset? EndsAt, StoredError? Error) : StoredRecord
{
    [JsonIgnore]
    public override string Key => KeyOf(Id);

    public static string KeyOf(string id) => "operations/" + id;
}

/// <summary>A version of a data asset. A deleted one is kept: its name and version stay taken.</summary>
internal sealed record DataVersionRecord(
    string Name,
    string Version,
    JsonObject Properties,
    DateTimeOffset CreatedAt,
    DateTimeOffset ModifiedAt,
    DateTimeOffset? DeletedAt = null) : StoredRecord
{
    [JsonIgnore]
    public override string Key => KeyOf(Name, Version);

    public static string KeyOf(string name, string version) => $"data/{name}/{version}";
}

/// <summary>
/// A version of a model of the workspace. <see cref="JobName"/> is the job that trained it, if one did. A deleted one is kept: its name
/// and version stay taken.
/// </summary>
internal sealed record ModelVersionRecord(
    string Name,
    string Version,
    JsonObject Properties,
    string ModelUri,
    string? JobName,
    DateTimeOffset CreatedAt,
    DateTimeOffset ModifiedAt,
    DateTimeOffset? DeletedAt = null) : StoredRecord
{
    [JsonIgnore]
    public override string Key => KeyOf(Name, Version);

    public static string KeyOf(string name, string version) => $"models/{name}/{version}";
}

/// <summary>An online endpoint with its keys.</summary>
internal sealed record EndpointRecord(
    string Name,
    JsonObject? Tags,
    JsonObject? Identity,
    Guid PrincipalId,
    string AuthMode,
    string? Description,
    JsonObject? Properties,
    JsonObject? MirrorTraffic,
    string PublicNetworkAccess,
    SortedDictionary<string, int> Traffic,
    string PrimaryKey,
    string SecondaryKey,
    DateTimeOffset CreatedAt,
    DateTimeOffset ModifiedAt,
    Provisioning Provisioning) : StoredRecord
{
    [JsonIgnore]
    public override string Key => KeyOf(Name);

    public static string KeyOf(string name) => "endpoints/" + name;
}

/// <summary>A deployment of an online endpoint. <see cref="JobName"/> is the job whose model it serves.</summary>
internal sealed record DeploymentRecord(
    string Endpoint,
    string Name,
    JsonObject? Tags,
    JsonObject Properties,
    string InstanceType,
    int Instances,
    int MaxConcurrentRequests,
    string? JobName,
    DateTimeOffset CreatedAt,
    DateTimeOffset ModifiedAt,
    Provisioning Provisioning) : StoredRecord
{
    [JsonIgnore]
    public override string Key => KeyOf(Endpoint, Name);

    public static string KeyOf(string endpoint, string name) => $"deployments/{endpoint}/{name}";
}

/// <summary>What the webhook has been told of a job's runs: the state of each, up to a moment.</summary>
internal sealed record RunCursorRecord(string Job, DateTimeOffset Until, SortedDictionary<string, string> Statuses) : StoredRecord
{
    [JsonIgnore]
    public override string Key => KeyOf(Job);

    /// <summary>Whether the job's end has been told, after which there is nothing more.</summary>
    public bool IsFinal { get; init; }

    public static string KeyOf(string job) => "cursors/" + job;
}

/// <summary>
/// When somebody last saw a step of the job running whose work was not computed: it cannot end before. That of an earlier job under the same name
/// does no harm, being over before the job began.
/// </summary>
internal sealed record SightingRecord(string Job, DateTimeOffset At) : StoredRecord
{
    [JsonIgnore]
    public override string Key => KeyOf(Job);

    public static string KeyOf(string job) => "sightings/" + job;
}

/// <summary>How many requests have matched each rule of the fault plan whose text has the hash <see cref="PlanHash"/>.</summary>
internal sealed record FaultRecord(string PlanHash, int[] Matches) : StoredRecord
{
    public const string OnlyKey = "faults";

    [JsonIgnore]
    public override string Key => OnlyKey;
}
