using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FineTune.Simulator.Assets;
using FineTune.Simulator.Computes;
using FineTune.Simulator.Faults;
using FineTune.Simulator.Http;
using FineTune.Simulator.State;

namespace FineTune.Simulator.OnlineEndpoints;

/// <summary>Deployments of managed online endpoints.</summary>
internal sealed class DeploymentRoutes(SimulatedWorkspace workspace, ResourceStore store)
{
    private const int MaxDeployments = 20;
    private const int MaxDeploymentsInRegion = 500;
    private const int MaxInstances = 50;
    private static readonly TimeSpan MaxRequestTimeout = TimeSpan.FromSeconds(180);

    public void Map(ServiceRoutes routes)
    {
        const string one = "/onlineEndpoints/{endpoint}/deployments/{deployment}";
        routes.Workspace("PUT", one, Put, BodyShapes.Deployment);
        routes.Workspace("GET", one, request => ServiceResponse.Ok(Show(Existing(request), request)));
        routes.Workspace("GET", "/onlineEndpoints/{endpoint}/deployments", List);
        routes.Workspace("PATCH", one, Patch, BodyShapes.DeploymentChange);
        routes.Workspace("DELETE", one, Delete);
        routes.Workspace("GET", one + "/skus", Skus);
        routes.Workspace("POST", one + "/getLogs", Logs, BodyShapes.Logs);
    }

    private ServiceResponse Put(ServiceRequest request)
    {
        EndpointRecord endpoint = EndpointRoutes.Existing(store, request);
        string name = request.Route("deployment");
        ResourceNames.RequireEndpoint("deployment", name);
        JsonObject body = request.Body;
        EndpointRoutes.RequireLocation(body, workspace.Options);
        JsonObject properties = body.RequiredObject("properties");
        DeploymentRecord wanted = Read(endpoint.Name, name, body, properties, request);
        string endpointState = endpoint.Provisioning.State(request.Now);
        DeploymentRecord? existing = Find(endpoint.Name, name, request.Now);
        if (existing is { } known && known.Provisioning.IsBusy(request.Now) && !known.Provisioning.IsDeletion)
        {
            return JsonReading.CanonicalHash(known.Properties) == JsonReading.CanonicalHash(properties) && known.Instances == wanted.Instances
                ? Answer(ServiceResponse.Ok(Show(known, request)), request, known.Provisioning)
                : throw ServiceException.Conflict($"The deployment '{name}' is in {known.Provisioning.State(request.Now)} provisioning state. Wait until it is done.");
        }

        if (existing?.Provisioning.IsDeletion == true)
        {
            throw ServiceException.Conflict($"The deployment '{name}' is being deleted.");
        }

        if (endpointState != "Succeeded")
        {
            throw ServiceException.Conflict($"The endpoint '{endpoint.Name}' is in {endpointState} provisioning state; a deployment needs it Succeeded. Try again later.");
        }

        if (existing is null && EndpointRoutes.Deployments(store, endpoint.Name, request.Now).Count() >= MaxDeployments)
        {
            throw ServiceException.UserError(string.Create(CultureInfo.InvariantCulture, $"The endpoint '{endpoint.Name}' has {MaxDeployments} deployments, which is the limit."));
        }

        if (existing is null && store.All<DeploymentRecord>().Count(deployment => !deployment.Provisioning.IsGone(request.Now)) >= MaxDeploymentsInRegion)
        {
            throw ServiceException.UserError(string.Create(CultureInfo.InvariantCulture, $"There are {MaxDeploymentsInRegion} deployments in this subscription and region, which is the limit."));
        }

        RequireQuota(wanted, existing, request);
        StoredError? error = request.Fault(FaultKind.DeploymentFails) is { } fault
            ? new StoredError("ResourceNotReady", fault.Message ?? "The container crashed while it loaded the model: out of memory. Use an instance type with more memory.")
            : wanted.JobName is null
                ? new StoredError("ModelLoadFailed", "The model's folder has no MLmodel file that the server could load.")
                : null;
        (Provisioning provisioning, OperationRecord operation) = workspace.Begin(
            existing is null ? Provisioning.Creating : Provisioning.Updating,
            "od",
            request.Now,
            workspace.Options.Durations.DeploymentCreate,
            request.Fault(FaultKind.StuckCreating) is not null,
            error);
        DeploymentRecord deployment = wanted with { Provisioning = provisioning, CreatedAt = existing?.CreatedAt ?? request.Now };
        store.Save(deployment, operation);
        JsonObject shown = Show(deployment, request);
        return Answer(existing is null ? ServiceResponse.Created(shown) : ServiceResponse.Ok(shown), request, provisioning)
            .With("Location", workspace.ResourceUrl(request, $"onlineEndpoints/{endpoint.Name}/deployments/{name}"));
    }

    /// <summary>Changes tags at once; another number of instances is an operation that is followed by its <c>Location</c>.</summary>
    private ServiceResponse Patch(ServiceRequest request)
    {
        DeploymentRecord deployment = Existing(request);
        string state = deployment.Provisioning.State(request.Now);
        if (deployment.Provisioning.IsBusy(request.Now))
        {
            throw ServiceException.Conflict($"The deployment '{deployment.Name}' is in {state} provisioning state. Wait until it is done.");
        }

        int instances = request.Body.Object("sku")?.Integer("capacity") ?? deployment.Instances;
        RequireInstances(instances);
        DeploymentRecord wanted = deployment with
        {
            Tags = request.Body.Tags("tags")?.Copy() ?? deployment.Tags,
            Instances = instances,
            ModifiedAt = request.Now,
        };
        if (instances == deployment.Instances)
        {
            store.Save(wanted);
            return ServiceResponse.Ok(Show(wanted, request));
        }

        RequireQuota(wanted, deployment, request);
        (Provisioning provisioning, OperationRecord operation) = workspace.Begin(
            Provisioning.Updating, "od", request.Now, workspace.Options.Durations.DeploymentCreate, request.Fault(FaultKind.StuckCreating) is not null);
        store.Save(wanted with { Provisioning = provisioning }, operation);
        return workspace.Pending(new ServiceResponse(202), request, operation.Id).With("x-ms-async-operation-timeout", "PT30M");
    }

    private ServiceResponse Skus(ServiceRequest request)
    {
        Existing(request);
        return Paging.Page(request, ["Default"], workspace.Options.PageSize, name => new JsonObject
        {
            ["resourceType"] = "Microsoft.MachineLearning.Services/endpoints/deployments",
            ["sku"] = new JsonObject { ["name"] = name, ["tier"] = "Standard" },
            ["capacity"] = new JsonObject { ["minimum"] = 1, ["maximum"] = MaxInstances, ["default"] = 1, ["scaleType"] = "Manual" },
        });
    }

    private static void RequireInstances(int instances)
    {
        if (instances is < 1 or > MaxInstances)
        {
            throw ServiceException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"sku.capacity is 1 to {MaxInstances}."), "sku.capacity");
        }
    }

    private DeploymentRecord Read(string endpoint, string name, JsonObject body, JsonObject properties, ServiceRequest request)
    {
        string computeType = properties.RequiredText("endpointComputeType");
        if (!computeType.Equals("Managed", StringComparison.OrdinalIgnoreCase))
        {
            throw ServiceException.BadRequest($"The simulator has deployments of type Managed only, not '{computeType}'.", "properties.endpointComputeType");
        }

        string instanceType = properties.RequiredText("instanceType");
        if (VmSizeCatalog.Find(instanceType) is not { Serves: true } size)
        {
            throw ServiceException.BadRequest($"The instance type '{instanceType}' is not supported for managed online endpoints in {workspace.Options.Location}.", "properties.instanceType");
        }

        JsonObject? settings = properties.Object("requestSettings");
        if (settings?.Duration("requestTimeout") is { } timeout && (timeout <= TimeSpan.Zero || timeout > MaxRequestTimeout))
        {
            throw ServiceException.BadRequest("requestTimeout is at most 180 seconds.", "properties.requestSettings.requestTimeout");
        }

        settings?.Duration("maxQueueWait");
        int concurrent = settings?.Integer("maxConcurrentRequestsPerInstance") ?? 1;
        if (concurrent < 1)
        {
            throw ServiceException.BadRequest("maxConcurrentRequestsPerInstance is at least 1.", "properties.requestSettings.maxConcurrentRequestsPerInstance");
        }

        CheckProbe(properties, "livenessProbe");
        CheckProbe(properties, "readinessProbe");
        properties.Tags("environmentVariables");
        properties.Boolean("appInsightsEnabled");
        int instances = body.Object("sku")?.Integer("capacity") ?? 1;
        RequireInstances(instances);
        return new DeploymentRecord(
            endpoint, name, body.Tags("tags")?.Copy(), properties.Copy(), size.Name, instances, concurrent, JobOf(properties), request.Now, request.Now, null!);
    }

    private static void CheckProbe(JsonObject properties, string name)
    {
        if (properties.Object(name) is { } probe)
        {
            foreach (string duration in (ReadOnlySpan<string>)["initialDelay", "period", "timeout"])
            {
                probe.Duration(duration);
            }

            probe.Integer("failureThreshold");
            probe.Integer("successThreshold");
        }
    }

    /// <summary>The job that trained the model; none if it is not a model that can be served here.</summary>
    private string? JobOf(JsonObject properties)
    {
        string id = properties.RequiredText("model");
        AssetReference reference = AssetReference.Parse("models", workspace.Path, id)
            ?? throw ServiceException.BadRequest($"'{id}' is not the id of a model of this workspace; the simulator serves those only.", "properties.model");
        if (store.Find<ModelVersionRecord>(ModelVersionRecord.KeyOf(reference.Name, reference.Version)) is not { DeletedAt: null } model)
        {
            throw ServiceException.UserError($"The model {reference.Name}:{reference.Version} was not found.", "properties.model");
        }

        return (model.Properties.Text("modelType") ?? "custom_model").Equals("mlflow_model", StringComparison.OrdinalIgnoreCase)
            ? model.JobName
            : throw ServiceException.BadRequest(
                $"The model {reference.Name}:{reference.Version} is not an MLflow model; it would need code and an environment, which the simulator does not run.", "properties.model");
    }

    private void RequireQuota(DeploymentRecord wanted, DeploymentRecord? existing, ServiceRequest request)
    {
        VmSize size = VmSizeCatalog.Find(wanted.InstanceType)!;
        int limit = VmSizeCatalog.Quota(workspace.Options, size.Family);
        int used = CoreUsage.Cores(store, size.Family, request.Now);
        int mine = existing is not null && existing.Provisioning.State(request.Now) != "Failed" && VmSizeCatalog.Find(existing.InstanceType) is { } old && old.Family == size.Family
            ? CoreUsage.CoresOfDeployment(old, existing.Instances)
            : 0;
        int needed = CoreUsage.CoresOfDeployment(size, wanted.Instances);
        FaultRule? fault = request.Fault(FaultKind.QuotaExceeded);
        if (fault is not null || used - mine + needed > limit)
        {
            throw new ServiceException(400, "OutOfQuota", fault?.Message ?? string.Create(
                CultureInfo.InvariantCulture,
                $"Not enough quota available for {size.Name} in the subscription {workspace.Options.SubscriptionId}. Current usage/limit: {used - mine}/{limit}. Additional needed: {needed}."));
        }
    }

    private ServiceResponse List(ServiceRequest request)
    {
        EndpointRecord endpoint = EndpointRoutes.Existing(store, request);
        return Paging.Page(
            request,
            Ordering.Apply(request, EndpointRoutes.Deployments(store, endpoint.Name, request.Now), deployment => deployment.CreatedAt),
            workspace.Options.PageSize,
            deployment => Show(deployment, request));
    }

    private ServiceResponse Delete(ServiceRequest request)
    {
        string name = request.Route("deployment");
        if (EndpointRoutes.Find(store, request.Route("endpoint"), request.Now) is not { } endpoint || Find(endpoint.Name, name, request.Now) is not { } deployment)
        {
            return ServiceResponse.NoContent();
        }

        Provisioning provisioning = deployment.Provisioning;
        if (provisioning is not { IsDeletion: true, EndsAt: not null })
        {
            if (endpoint.Traffic.GetValueOrDefault(name) > 0)
            {
                throw ServiceException.UserError($"The deployment '{name}' takes {endpoint.Traffic[name].ToString(CultureInfo.InvariantCulture)} percent of the traffic. Take it away before you delete the deployment.");
            }

            (provisioning, OperationRecord operation) = workspace.Begin(
                Provisioning.Deleting, "od", request.Now, workspace.Options.Durations.EndpointDelete, request.Fault(FaultKind.StuckDeleting) is not null);
            SortedDictionary<string, int> traffic = new(endpoint.Traffic, StringComparer.OrdinalIgnoreCase);
            traffic.Remove(name);
            store.Save(deployment with { Provisioning = provisioning }, endpoint with { Traffic = traffic }, operation);
        }

        return Answer(ServiceResponse.Accepted(), request, provisioning).With("Location", workspace.ResultUrl(request, provisioning.OperationId));
    }

    private ServiceResponse Logs(ServiceRequest request)
    {
        DeploymentRecord deployment = Existing(request);
        string container = request.Body.Text("containerType") ?? "InferenceServer";
        int? tail = request.Body.Integer("tail");
        if (container is not ("StorageInitializer" or "InferenceServer" or "ModelDataCollector"))
        {
            throw ServiceException.BadRequest($"The container '{container}' is not one of StorageInitializer, InferenceServer, ModelDataCollector.", "containerType");
        }

        List<string> lines = Lines(deployment, container, request.Now);
        IEnumerable<string> shown = tail is > 0 and { } last ? lines.TakeLast(last) : lines;
        return ServiceResponse.Ok(new JsonObject { ["content"] = new StringBuilder().AppendJoin('\n', shown).ToString() });
    }

    /// <summary>What the container has written by now: it loads during the creation and is up, or down, at its end.</summary>
    private static List<string> Lines(DeploymentRecord deployment, string container, DateTimeOffset now)
    {
        Provisioning provisioning = deployment.Provisioning;
        List<string> lines = [];
        void Line(DateTimeOffset at, string text)
        {
            if (at <= now)
            {
                lines.Add($"{Stamp.Of(at)} {text}");
            }
        }

        DateTimeOffset end = provisioning.EndsAt ?? DateTimeOffset.MaxValue;
        Line(provisioning.StartedAt, $"Instance status: {provisioning.Verb} {deployment.Instances.ToString(CultureInfo.InvariantCulture)} x {deployment.InstanceType}");
        if (container == "StorageInitializer")
        {
            Line(provisioning.StartedAt.AddSeconds(30), $"Downloading {deployment.Properties.Text("model")}");
            Line(provisioning.StartedAt.AddSeconds(60), "Download done");
        }
        else if (container == "InferenceServer")
        {
            Line(provisioning.StartedAt.AddSeconds(90), "Loading the model");
            if (end != DateTimeOffset.MaxValue)
            {
                Line(end, provisioning.Error is { } error ? $"ERROR {error.Code}: {error.Message}" : "The server is ready");
            }
        }

        return lines;
    }

    private DeploymentRecord? Find(string endpoint, string name, DateTimeOffset now) =>
        store.Find<DeploymentRecord>(DeploymentRecord.KeyOf(endpoint, name)) is { } deployment && !deployment.Provisioning.IsGone(now) ? deployment : null;

    private DeploymentRecord Existing(ServiceRequest request)
    {
        EndpointRecord endpoint = EndpointRoutes.Existing(store, request);
        string name = request.Route("deployment");
        return Find(endpoint.Name, name, request.Now)
            ?? throw ServiceException.NotFound($"The deployment '{name}' was not found under the endpoint '{endpoint.Name}'.");
    }

    private ServiceResponse Answer(ServiceResponse response, ServiceRequest request, Provisioning provisioning) => response
        .With("Azure-AsyncOperation", workspace.OperationUrl(request, provisioning.OperationId, isCompute: false))
        .With("x-ms-async-operation-timeout", "PT30M");

    private JsonObject Show(DeploymentRecord deployment, ServiceRequest request)
    {
        JsonObject sent = deployment.Properties;
        JsonObject own = sent.Object("properties")?.Copy() ?? [];
        own["AzureAsyncOperationUri"] = workspace.OperationUrl(request, deployment.Provisioning.OperationId, isCompute: false);
        JsonObject settings = sent.Object("requestSettings")?.Copy() ?? [];
        settings["maxQueueWait"] ??= "PT0.5S";
        settings["requestTimeout"] ??= "PT5S";
        settings["maxConcurrentRequestsPerInstance"] ??= 1;
        JsonObject body = workspace.Envelope(
            $"onlineEndpoints/{deployment.Endpoint}/deployments/{deployment.Name}", deployment.Name, "onlineEndpoints/deployments");
        body["properties"] = new JsonObject
        {
            ["description"] = sent.Text("description"),
            ["properties"] = own,
            ["codeConfiguration"] = sent.CopyOf("codeConfiguration"),
            ["environmentId"] = sent.CopyOf("environmentId"),
            ["environmentVariables"] = sent.CopyOf("environmentVariables") ?? new JsonObject(),
            ["scaleSettings"] = sent.CopyOf("scaleSettings") ?? new JsonObject { ["scaleType"] = "Default" },
            ["requestSettings"] = settings,
            ["modelMountPath"] = sent.CopyOf("modelMountPath"),
            ["appInsightsEnabled"] = sent.Boolean("appInsightsEnabled") ?? false,
            ["livenessProbe"] = Probe(sent, "livenessProbe"),
            ["readinessProbe"] = Probe(sent, "readinessProbe"),
            ["provisioningState"] = deployment.Provisioning.State(request.Now),
            ["instanceType"] = sent.Text("instanceType"),
            ["model"] = sent.Text("model"),
            ["egressPublicNetworkAccess"] = sent.Text("egressPublicNetworkAccess") ?? "Enabled",
            ["endpointComputeType"] = "Managed",
        };
        body["systemData"] = SimulatedWorkspace.SystemData(deployment.CreatedAt, deployment.ModifiedAt);
        body["tags"] = deployment.Tags?.Copy() ?? [];
        body["location"] = workspace.Options.Location;
        body["kind"] = "Managed";
        body["sku"] = new JsonObject { ["name"] = "Default", ["tier"] = "Standard", ["capacity"] = deployment.Instances };
        return body;
    }

    private static JsonObject Probe(JsonObject sent, string name)
    {
        JsonObject probe = sent.Object(name)?.Copy() ?? [];
        probe["failureThreshold"] ??= 30;
        probe["successThreshold"] ??= 1;
        probe["timeout"] ??= "PT2S";
        probe["period"] ??= "PT10S";
        probe["initialDelay"] ??= "PT10S";
        return probe;
    }
}
