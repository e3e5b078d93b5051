using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FineTune.Simulator.Http;
using FineTune.Simulator.State;

namespace FineTune.Simulator;

/// <summary>Names and ids of the simulated workspace, and what all its resources have in common.</summary>
internal sealed class SimulatedWorkspace
{
    private const string Person = "Simulator";
    private const double RetryAfterSeconds = 10;

    private readonly ResourceStore _store;
    private readonly WorkspaceRecord _record;

    public SimulatedWorkspace(SimulatorOptions options, ResourceStore store, TimeProvider time)
    {
        Options = options;
        _store = store;
        SubscriptionPath = "/subscriptions/" + options.SubscriptionId;
        Path = $"{SubscriptionPath}/resourceGroups/{options.ResourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/{options.WorkspaceName}";
        lock (store.Gate)
        {
            if (store.Find<WorkspaceRecord>(WorkspaceRecord.OnlyKey) is { } known)
            {
                _record = known;
            }
            else
            {
                _record = new WorkspaceRecord(DeriveId(Path), time.GetUtcNow());
                store.Save(_record);
            }
        }
    }

    public SimulatorOptions Options { get; }

    public string SubscriptionPath { get; }

    /// <summary>The workspace's ARM id.</summary>
    public string Path { get; }

    public Guid WorkspaceId => _record.WorkspaceId;

    public DateTimeOffset CreatedAt => _record.CreatedAt;

    /// <summary>Container of the default datastore.</summary>
    public string ContainerName => $"azureml-blobstore-{WorkspaceId}";

    /// <summary>An id that is always the same for the same text.</summary>
    public static Guid DeriveId(string text) => new(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToUpperInvariant())).AsSpan(0, 16));

    /// <summary>An id of something in this workspace, always the same for the same names.</summary>
    public Guid IdOf(params ReadOnlySpan<string> names) => DeriveId($"{WorkspaceId}/{string.Join('/', names)}");

    public string TrackingUri(ServiceRequest request) => $"azureml://{request.ApiHost(Options.Location)}/mlflow/v1.0{Path}";

    /// <summary>Id, name and type of a resource below the workspace.</summary>
    public JsonObject Envelope(string id, string name, string type) => new()
    {
        ["id"] = $"{Path}/{id}",
        ["name"] = name,
        ["type"] = "Microsoft.MachineLearningServices/workspaces/" + type,
    };

    /// <summary>The properties of a container of versions, in a workspace or a registry.</summary>
    /// <param name="latestVersion">The newest version that is not archived; null when all are.</param>
    public static JsonObject ContainerProperties(string? latestVersion) => new()
    {
        ["description"] = null,
        ["tags"] = new JsonObject(),
        ["properties"] = new JsonObject(),
        ["isArchived"] = latestVersion is null,
        ["latestVersion"] = latestVersion,
        ["nextVersion"] = null,
    };

    public static JsonObject SystemData(DateTimeOffset createdAt, DateTimeOffset? modifiedAt = null) => new()
    {
        ["createdAt"] = Stamp.Of(createdAt),
        ["createdBy"] = Person,
        ["createdByType"] = "User",
        ["lastModifiedAt"] = Stamp.Of(modifiedAt ?? createdAt),
        ["lastModifiedBy"] = Person,
        ["lastModifiedByType"] = "User",
    };

    public JsonObject Show(ServiceRequest request) => new()
    {
        ["id"] = Path,
        ["name"] = Options.WorkspaceName,
        ["type"] = "Microsoft.MachineLearningServices/workspaces",
        ["location"] = Options.Location,
        ["tags"] = new JsonObject(),
        ["etag"] = null,
        ["properties"] = new JsonObject
        {
            ["friendlyName"] = Options.WorkspaceName,
            ["description"] = "",
            ["storageAccount"] = ResourceIn("Microsoft.Storage/storageAccounts", "simulatorstorage"),
            ["keyVault"] = ResourceIn("Microsoft.KeyVault/vaults", "simulatorvault"),
            ["applicationInsights"] = ResourceIn("Microsoft.Insights/components", "simulatorinsights"),
            ["containerRegistry"] = null,
            ["hbiWorkspace"] = false,
            ["tenantId"] = DeriveId("tenant").ToString(),
            ["imageBuildCompute"] = null,
            ["provisioningState"] = "Succeeded",
            ["v1LegacyMode"] = false,
            ["storageHnsEnabled"] = false,
            ["workspaceId"] = WorkspaceId.ToString(),
            ["privateLinkCount"] = 0,
            ["publicNetworkAccess"] = "Enabled",
            ["discoveryUrl"] = request.ApiUrl(Options.Location) + "/discovery",
            ["mlFlowTrackingUri"] = TrackingUri(request),
        },
        ["identity"] = new JsonObject
        {
            ["type"] = "SystemAssigned",
            ["principalId"] = IdOf("identity").ToString(),
            ["tenantId"] = DeriveId("tenant").ToString(),
        },
        ["kind"] = "Default",
        ["sku"] = new JsonObject { ["name"] = "Basic", ["tier"] = "Basic" },
        ["systemData"] = SystemData(CreatedAt),
    };

    /// <summary>
    /// A new operation with the resource's change that belongs to it. The prefix is the kind of an operation of the managed front end
    /// (<c>oe</c>, <c>od</c>, …); operations of compute have none.
    /// </summary>
    public (Provisioning Provisioning, OperationRecord Operation) Begin(
        string verb,
        string? prefix,
        DateTimeOffset now,
        TimeSpan duration,
        bool stuck,
        StoredError? error = null)
    {
        string id = prefix is null ? Guid.NewGuid().ToString() : $"{prefix}:{WorkspaceId}:{Guid.NewGuid()}";
        DateTimeOffset? end = stuck ? null : now + duration;
        return (new Provisioning(verb, now, end, error, id), new OperationRecord(id, prefix is null, now, end, error));
    }

    public string OperationUrl(ServiceRequest request, string operationId, bool isCompute) =>
        LocationUrl(request) + (isCompute ? "/computeOperationsStatus/" : "/mfeOperationsStatus/") + operationId
        + $"?api-version={request.ApiVersion}" + (isCompute ? "&service=new" : "");

    public string ResultUrl(ServiceRequest request, string operationId) =>
        $"{LocationUrl(request)}/mfeOperationResults/{operationId}?api-version={request.ApiVersion}";

    public string ResourceUrl(ServiceRequest request, string id) => $"{request.BaseUrl}{Path}/{id}?api-version={request.ApiVersion}";

    /// <summary>An answer whose operation is followed by its <c>Location</c>.</summary>
    public ServiceResponse Pending(ServiceResponse response, ServiceRequest request, string operationId) => response
        .With("Location", ResultUrl(request, operationId))
        .With("Retry-After", Math.Max(1, Math.Ceiling(RetryAfterSeconds / Options.ClientTimeFactor)).ToString(CultureInfo.InvariantCulture));

    public void Map(ServiceRoutes routes)
    {
        routes.Workspace("GET", "", request => ServiceResponse.Ok(Show(request)));
        routes.Other(ServicePlane.Open, "GET", "/discovery", request => ServiceResponse.Ok(new JsonObject
        {
            ["api"] = request.ApiUrl(Options.Location),
            ["experimentation"] = request.ApiUrl(Options.Location),
            ["history"] = request.ApiUrl(Options.Location),
            ["mlflow"] = request.ApiUrl(Options.Location),
        }));
        routes.Workspace("GET", "/providers/Microsoft.Authorization/permissions", _ => ServiceResponse.Ok(new JsonObject
        {
            ["value"] = new JsonArray(new JsonObject
            {
                ["actions"] = new JsonArray([.. Options.AllowedActions.Select(action => JsonValue.Create(action))]),
                ["notActions"] = new JsonArray(),
                ["dataActions"] = new JsonArray(),
                ["notDataActions"] = new JsonArray(),
            }),
            ["nextLink"] = null,
        }));
        routes.Location("GET", "/computeOperationsStatus/{operationId}", ComputeOperation);
        routes.Location("GET", "/mfeOperationsStatus/{operationId}", FrontEndOperation);
        routes.Location("GET", "/mfeOperationResults/{operationId}", OperationResult);
    }

    private ServiceResponse ComputeOperation(ServiceRequest request)
    {
        OperationRecord operation = Operation(request, isCompute: true);
        bool running = IsRunning(operation, request.Now);
        JsonObject body = new()
        {
            ["status"] = Word(operation, running, "InProgress"),
            ["percentComplete"] = running ? 0.0 : 100.0,
        };
        AddError(body, operation, running);
        return ServiceResponse.Ok(body);
    }

    private ServiceResponse FrontEndOperation(ServiceRequest request)
    {
        OperationRecord operation = Operation(request, isCompute: false);
        bool running = IsRunning(operation, request.Now);
        JsonObject body = new()
        {
            ["id"] = $"{SubscriptionPath}/providers/Microsoft.MachineLearningServices/locations/{Options.Location}/mfeOperationsStatus/{operation.Id}",
            ["name"] = operation.Id,
            ["startTime"] = Stamp.Of(operation.StartedAt),
        };
        if (!running)
        {
            body["endTime"] = Stamp.OrNull(operation.EndsAt);
        }

        body["percentComplete"] = running ? 0.0 : 100.0;
        body["status"] = Word(operation, running, "Updating");
        AddError(body, operation, running);
        return ServiceResponse.Ok(body);
    }

    private ServiceResponse OperationResult(ServiceRequest request)
    {
        OperationRecord operation = Operation(request, isCompute: false);
        if (IsRunning(operation, request.Now))
        {
            return Pending(ServiceResponse.Accepted(), request, operation.Id);
        }

        return operation.Error is null
            ? ServiceResponse.NoContent()
            : throw new ServiceException(400, operation.Error.Code, operation.Error.Message);
    }

    private OperationRecord Operation(ServiceRequest request, bool isCompute)
    {
        string id = request.Route("operationId");
        return _store.Find<OperationRecord>(OperationRecord.KeyOf(id)) is { } operation && operation.IsCompute == isCompute
            ? operation
            : throw ServiceException.NotFound($"The operation '{id}' was not found.");
    }

    private static bool IsRunning(OperationRecord operation, DateTimeOffset now) => operation.EndsAt is not { } end || now < end;

    private static string Word(OperationRecord operation, bool running, string inProgress) =>
        running ? inProgress : operation.Error is null ? "Succeeded" : "Failed";

    private static void AddError(JsonObject body, OperationRecord operation, bool running)
    {
        if (!running && operation.Error is { } error)
        {
            body["error"] = new JsonObject { ["code"] = error.Code, ["message"] = error.Message };
        }
    }

    private string LocationUrl(ServiceRequest request) =>
        $"{request.BaseUrl}{SubscriptionPath}/providers/Microsoft.MachineLearningServices/locations/{Options.Location}";

    private string ResourceIn(string type, string name) => $"{SubscriptionPath}/resourceGroups/{Options.ResourceGroup}/providers/{type}/{name}";
}
