using System.Globalization;
using System.Text.Json.Nodes;
using FineTune.Simulator.Faults;
using FineTune.Simulator.Hosting;
using FineTune.Simulator.Http;
using FineTune.Simulator.State;

namespace FineTune.Simulator.OnlineEndpoints;

/// <summary>Managed online endpoints: life, traffic rules, keys and tokens.</summary>
internal sealed class EndpointRoutes(SimulatedWorkspace workspace, ResourceStore store)
{
    /// <summary>Endpoints in a subscription and region.</summary>
    private const int MaxEndpoints = 100;

    private static readonly string[] AuthModes = ["Key", "AMLToken", "AADToken"];

    public void Map(ServiceRoutes routes)
    {
        routes.Workspace("PUT", "/onlineEndpoints/{endpoint}", Put, BodyShapes.Endpoint);
        routes.Workspace("GET", "/onlineEndpoints/{endpoint}", request => ServiceResponse.Ok(Show(Existing(store, request), request)));
        routes.Workspace("GET", "/onlineEndpoints", List);
        routes.Workspace("PATCH", "/onlineEndpoints/{endpoint}", Patch, BodyShapes.EndpointChange);
        routes.Workspace("DELETE", "/onlineEndpoints/{endpoint}", Delete);
        routes.Workspace("POST", "/onlineEndpoints/{endpoint}/listKeys", ListKeys);
        routes.Workspace("POST", "/onlineEndpoints/{endpoint}/regenerateKeys", RegenerateKeys, BodyShapes.RegenerateKeys);
        routes.Workspace("POST", "/onlineEndpoints/{endpoint}/token", Token);
    }

    /// <summary>The endpoint of a request's route. The caller holds the store's gate.</summary>
    public static EndpointRecord Existing(ResourceStore store, ServiceRequest request)
    {
        string name = request.Route("endpoint");
        return Find(store, name, request.Now) ?? throw ServiceException.NotFound($"The online endpoint '{name}' was not found.");
    }

    public static EndpointRecord? Find(ResourceStore store, string name, DateTimeOffset now) =>
        store.Find<EndpointRecord>(EndpointRecord.KeyOf(name)) is { } endpoint && !endpoint.Provisioning.IsGone(now) ? endpoint : null;

    /// <summary>The endpoint's deployments that are not gone.</summary>
    public static IEnumerable<DeploymentRecord> Deployments(ResourceStore store, string endpoint, DateTimeOffset now) => store.All<DeploymentRecord>()
        .Where(deployment => deployment.Endpoint.Equals(endpoint, StringComparison.OrdinalIgnoreCase) && !deployment.Provisioning.IsGone(now))
        .OrderBy(deployment => deployment.Name, StringComparer.Ordinal);

    private ServiceResponse Put(ServiceRequest request)
    {
        string name = request.Route("endpoint");
        ResourceNames.RequireEndpoint("endpoint", name);
        JsonObject body = request.Body;
        RequireLocation(body, workspace.Options);
        JsonObject properties = body.RequiredObject("properties");
        string authMode = properties.RequiredText("authMode");
        authMode = Array.Find(AuthModes, mode => mode.Equals(authMode, StringComparison.OrdinalIgnoreCase))
            ?? throw ServiceException.BadRequest($"The authentication mode '{authMode}' is not one of {string.Join(", ", AuthModes)}.", "properties.authMode");
        EndpointRecord? existing = Find(store, name, request.Now);
        SortedDictionary<string, int> traffic = Traffic(properties, name, request.Now);
        JsonObject? tags = body.Tags("tags")?.Copy();
        EndpointRecord wanted = new(
            existing?.Name ?? name,
            tags,
            body.Object("identity")?.Copy(),
            workspace.IdOf("principals", name),
            authMode,
            properties.Text("description"),
            properties.Tags("properties")?.Copy(),
            properties.Object("mirrorTraffic")?.Copy(),
            properties.Text("publicNetworkAccess") ?? "Enabled",
            traffic,
            existing?.PrimaryKey ?? EndpointKeys.Create(),
            existing?.SecondaryKey ?? EndpointKeys.Create(),
            existing?.CreatedAt ?? request.Now,
            request.Now,
            existing?.Provisioning!);
        if (existing is null)
        {
            if (store.All<EndpointRecord>().Count(endpoint => !endpoint.Provisioning.IsGone(request.Now)) >= MaxEndpoints)
            {
                throw ServiceException.UserError(string.Create(
                    CultureInfo.InvariantCulture, $"Endpoint quota reached: {MaxEndpoints} of {MaxEndpoints} endpoints in this subscription and region. Delete some first."));
            }
        }
        else if (existing.Provisioning.IsDeletion)
        {
            throw ServiceException.Conflict($"The endpoint '{name}' is being deleted. Its name is free when that is done.");
        }
        else if (existing.AuthMode != authMode)
        {
            throw ServiceException.BadRequest("The authentication mode of an endpoint cannot be changed.", "properties.authMode");
        }
        else if (existing.Provisioning.IsBusy(request.Now))
        {
            return Same(existing, wanted)
                ? Answer(ServiceResponse.Ok(Show(existing, request)), request, existing.Provisioning)
                : throw ServiceException.Conflict($"The endpoint '{name}' is in {existing.Provisioning.State(request.Now)} provisioning state. Wait until it is done.");
        }

        (Provisioning provisioning, OperationRecord operation) = workspace.Begin(
            existing is null ? Provisioning.Creating : Provisioning.Updating,
            "oe",
            request.Now,
            existing is null ? workspace.Options.Durations.EndpointCreate : workspace.Options.Durations.EndpointUpdate,
            request.Fault(FaultKind.StuckCreating) is not null);
        EndpointRecord endpoint = wanted with { Provisioning = provisioning };
        store.Save(endpoint, operation);
        JsonObject shown = Show(endpoint, request);
        return Answer(existing is null ? ServiceResponse.Created(shown) : ServiceResponse.Ok(shown), request, provisioning)
            .With("Location", workspace.ResourceUrl(request, "onlineEndpoints/" + endpoint.Name));
    }

    /// <summary>Shares in percent: their sum is 0 or 100, and they go to deployments that exist and have not failed.</summary>
    private SortedDictionary<string, int> Traffic(JsonObject properties, string endpoint, DateTimeOffset now)
    {
        SortedDictionary<string, int> traffic = new(StringComparer.OrdinalIgnoreCase);
        JsonObject given = properties.Object("traffic") ?? [];
        foreach (string name in given.Select(share => share.Key))
        {
            int share = given.Integer(name) ?? 0;
            if (share is < 0 or > 100)
            {
                throw ServiceException.BadRequest($"The traffic of '{name}' has to be 0 to 100 percent.", "properties.traffic");
            }

            if (!traffic.TryAdd(name, share))
            {
                throw ServiceException.BadRequest($"The deployment '{name}' occurs twice in the traffic rules.", "properties.traffic");
            }

            DeploymentRecord? deployment = Deployments(store, endpoint, now).FirstOrDefault(candidate => candidate.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (deployment is null || deployment.Provisioning.IsDeletion)
            {
                throw ServiceException.BadRequest($"The traffic rules name the deployment '{name}', which does not exist.", "properties.traffic");
            }

            if (share > 0 && deployment.Provisioning.State(now) is not ("Succeeded" or Provisioning.Updating))
            {
                throw ServiceException.BadRequest($"The deployment '{name}' is {deployment.Provisioning.State(now)}; it cannot take traffic.", "properties.traffic");
            }
        }

        int sum = traffic.Values.Sum();
        return sum is 0 or 100
            ? traffic
            : throw ServiceException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"The traffic has to add up to 0 or 100 percent; it is {sum}."), "properties.traffic");
    }

    private ServiceResponse List(ServiceRequest request)
    {
        IEnumerable<EndpointRecord> endpoints = store.All<EndpointRecord>().Where(endpoint => !endpoint.Provisioning.IsGone(request.Now));
        if (request.Query("name") is { } name)
        {
            endpoints = endpoints.Where(endpoint => endpoint.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        }

        if (request.Query("tags") is { } tags)
        {
            endpoints = endpoints.Where(endpoint => TagFilter.Matches(tags, endpoint.Tags));
        }

        return Paging.Page(request, Ordering.Apply(request, endpoints, endpoint => endpoint.CreatedAt), workspace.Options.PageSize, endpoint => Show(endpoint, request));
    }

    private ServiceResponse Patch(ServiceRequest request)
    {
        EndpointRecord endpoint = Existing(store, request);
        if (endpoint.Provisioning.IsBusy(request.Now))
        {
            throw ServiceException.Conflict($"The endpoint '{endpoint.Name}' is in {endpoint.Provisioning.State(request.Now)} provisioning state. Wait until it is done.");
        }

        foreach (string name in request.Body.Select(property => property.Key))
        {
            if (name is not ("tags" or "identity"))
            {
                throw ServiceException.BadRequest($"PATCH changes tags and identity only, not '{name}'.", name);
            }
        }

        EndpointRecord changed = endpoint with
        {
            Tags = request.Body.Tags("tags")?.Copy() ?? endpoint.Tags,
            Identity = request.Body.Object("identity")?.Copy() ?? endpoint.Identity,
            ModifiedAt = request.Now,
        };
        store.Save(changed);
        return ServiceResponse.Ok(Show(changed, request));
    }

    private ServiceResponse Delete(ServiceRequest request)
    {
        if (Find(store, request.Route("endpoint"), request.Now) is not { } endpoint)
        {
            return ServiceResponse.NoContent();
        }

        Provisioning provisioning = endpoint.Provisioning;
        if (provisioning is not { IsDeletion: true, EndsAt: not null })
        {
            (provisioning, OperationRecord operation) = workspace.Begin(
                Provisioning.Deleting, "oe", request.Now, workspace.Options.Durations.EndpointDelete, request.Fault(FaultKind.StuckDeleting) is not null);
            Provisioning change = provisioning;
            store.Save([
                endpoint with { Provisioning = change },
                operation,
                .. Deployments(store, endpoint.Name, request.Now).Select(deployment => deployment with { Provisioning = change }),
            ]);
        }

        return Answer(ServiceResponse.Accepted(), request, provisioning).With("Location", workspace.ResultUrl(request, provisioning.OperationId));
    }

    private ServiceResponse ListKeys(ServiceRequest request)
    {
        EndpointRecord endpoint = WithKeys(request);
        return ServiceResponse.Ok(new JsonObject { ["primaryKey"] = endpoint.PrimaryKey, ["secondaryKey"] = endpoint.SecondaryKey });
    }

    private ServiceResponse RegenerateKeys(ServiceRequest request)
    {
        EndpointRecord endpoint = WithKeys(request);
        string type = request.Body.RequiredText("keyType");
        string key = request.Body.Text("keyValue") ?? EndpointKeys.Create();
        endpoint = type.ToUpperInvariant() switch
        {
            "PRIMARY" => endpoint with { PrimaryKey = key },
            "SECONDARY" => endpoint with { SecondaryKey = key },
            _ => throw ServiceException.BadRequest($"The key type '{type}' is not one of Primary, Secondary.", "keyType"),
        };
        (Provisioning change, OperationRecord operation) = workspace.Begin(
            Provisioning.Updating, "oe", request.Now, workspace.Options.Durations.EndpointUpdate, stuck: false);
        store.Save(endpoint, operation);
        return workspace.Pending(new ServiceResponse(202), request, change.OperationId);
    }

    private ServiceResponse Token(ServiceRequest request)
    {
        EndpointRecord endpoint = Existing(store, request);
        if (endpoint.AuthMode != "AMLToken")
        {
            throw ServiceException.BadRequest($"The endpoint '{endpoint.Name}' authenticates by {endpoint.AuthMode}, not by AMLToken.");
        }

        DateTimeOffset expires = request.Now + EndpointKeys.TokenLifetime;
        return ServiceResponse.Ok(new JsonObject
        {
            ["accessToken"] = EndpointKeys.Token(endpoint, expires),
            ["tokenType"] = "Bearer",
            ["expiryTimeUtc"] = expires.ToUnixTimeSeconds(),
            ["refreshAfterTimeUtc"] = (request.Now + (EndpointKeys.TokenLifetime / 2)).ToUnixTimeSeconds(),
        });
    }

    private EndpointRecord WithKeys(ServiceRequest request)
    {
        EndpointRecord endpoint = Existing(store, request);
        return endpoint.AuthMode == "Key"
            ? endpoint
            : throw ServiceException.BadRequest($"The endpoint '{endpoint.Name}' authenticates by {endpoint.AuthMode}; it has no keys.");
    }

    /// <summary>Tracked resources need a location, and it is the workspace's.</summary>
    public static void RequireLocation(JsonObject body, SimulatorOptions options)
    {
        string location = body.RequiredText("location").Replace(" ", "", StringComparison.Ordinal);
        if (!location.Equals(options.Location, StringComparison.OrdinalIgnoreCase))
        {
            throw ServiceException.BadRequest($"The location '{location}' is not the workspace's, which is '{options.Location}'.", "location");
        }
    }

    private static bool Same(EndpointRecord one, EndpointRecord other) =>
        one.Description == other.Description
        && one.Traffic.SequenceEqual(other.Traffic)
        && JsonReading.CanonicalHash(one.Tags) == JsonReading.CanonicalHash(other.Tags);

    private ServiceResponse Answer(ServiceResponse response, ServiceRequest request, Provisioning provisioning) => response
        .With("Azure-AsyncOperation", workspace.OperationUrl(request, provisioning.OperationId, isCompute: false))
        .With("x-ms-async-operation-timeout", "PT30M");

    private JsonObject Show(EndpointRecord endpoint, ServiceRequest request)
    {
        string state = endpoint.Provisioning.State(request.Now);
        bool creating = state is Provisioning.Creating or "Failed";
        string? address = creating ? null
            : request.UsesAzureNames ? "https://" + AzureHosts.ScoringOf(endpoint.Name, workspace.Options.Location)
            : $"{request.BaseUrl}/endpoints/{endpoint.Name}";
        JsonObject properties = endpoint.Properties?.Copy() ?? [];
        properties["azureml.onlineendpointid"] = $"{workspace.Path}/onlineEndpoints/{endpoint.Name}".ToLower(CultureInfo.InvariantCulture);
        properties["AzureAsyncOperationUri"] = workspace.OperationUrl(request, endpoint.Provisioning.OperationId, isCompute: false);
        JsonObject identity = endpoint.Identity?.Copy() ?? [];
        identity["type"] ??= "SystemAssigned";
        identity["principalId"] = endpoint.PrincipalId.ToString();
        identity["tenantId"] = SimulatedWorkspace.DeriveId("tenant").ToString();
        JsonObject body = workspace.Envelope("onlineEndpoints/" + endpoint.Name, endpoint.Name, "onlineEndpoints");
        body["properties"] = new JsonObject
        {
            ["description"] = endpoint.Description,
            ["properties"] = properties,
            ["scoringUri"] = address is null ? null : address + "/score",
            ["swaggerUri"] = address is null ? null : address + "/swagger.json",
            ["authMode"] = endpoint.AuthMode,
            ["provisioningState"] = state,
            ["compute"] = null,
            ["traffic"] = new JsonObject(endpoint.Traffic.Select(share => new KeyValuePair<string, JsonNode?>(share.Key, share.Value))),
            ["mirrorTraffic"] = endpoint.MirrorTraffic?.Copy() ?? [],
            ["publicNetworkAccess"] = endpoint.PublicNetworkAccess,
        };
        body["systemData"] = SimulatedWorkspace.SystemData(endpoint.CreatedAt, endpoint.ModifiedAt);
        body["tags"] = endpoint.Tags?.Copy() ?? [];
        body["location"] = workspace.Options.Location;
        body["kind"] = "Managed";
        body["identity"] = identity;
        return body;
    }
}
