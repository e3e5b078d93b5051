using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using Azure;
using Azure.Core;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning;

/// <summary><c>Microsoft.MachineLearningServices/workspaces/onlineEndpoints</c> and their deployments; scoring.</summary>
internal sealed class OnlineEndpoints(ServicePipeline pipeline, Workspace workspace) : IOnlineEndpoints
{
    // The service gives a request up after 180 s at most; some more for the way.
    private static readonly TimeSpan ScoringTimeout = TimeSpan.FromSeconds(200);

    // When the model never got as far as its server, the initializer that downloads it knows why.
    private static readonly string[] LogContainers = ["InferenceServer", "StorageInitializer"];

    /// <inheritdoc/>
    /// <remarks><c>GET {workspace}/onlineEndpoints/{name}</c> (OnlineEndpoints_Get).</remarks>
    public async Task<OnlineEndpoint?> GetAsync(string name, CancellationToken cancellationToken = default)
    {
        ServiceAnswer answer = await pipeline.GetAsync(Url(name), acceptNotFound: true, cancellationToken);
        return answer.IsNotFound ? null : ToEndpoint(answer.Json);
    }

    /// <inheritdoc/>
    /// <remarks><c>GET {workspace}/onlineEndpoints</c> (OnlineEndpoints_List).</remarks>
    public IAsyncEnumerable<OnlineEndpoint> ListAsync(CancellationToken cancellationToken = default) => GetAll(cancellationToken);

    /// <summary>All endpoints of the workspace.</summary>
    public AsyncPageable<OnlineEndpoint> GetAll(CancellationToken cancellationToken) =>
        new PagedList<OnlineEndpoint>(pipeline, _ => ValueTask.FromResult(pipeline.WorkspaceUrl($"/onlineEndpoints")), ToEndpoint, cancellationToken);

    /// <inheritdoc/>
    /// <remarks><c>PUT {workspace}/onlineEndpoints/{name}</c> (OnlineEndpoints_CreateOrUpdate), answered with <c>Azure-AsyncOperation</c>.</remarks>
    public async Task<OperationReference?> BeginCreateAsync(OnlineEndpointSpec endpoint, CancellationToken cancellationToken = default)
    {
        var body = new JsonObject
        {
            ["location"] = await workspace.GetLocationAsync(cancellationToken),
            ["tags"] = endpoint.Tags.ToJson(),
            ["identity"] = new JsonObject { ["type"] = "SystemAssigned" },
            ["properties"] = new JsonObject
            {
                ["authMode"] = "Key",
                ["description"] = endpoint.Description,
                ["properties"] = new JsonObject(),
                ["traffic"] = new JsonObject(),
                ["mirrorTraffic"] = new JsonObject(),
            },
        };
        return (await pipeline.PutAsync(Url(endpoint.Name), body, cancellationToken)).Operation;
    }

    /// <inheritdoc/>
    /// <remarks><c>GET</c>, then <c>PUT {workspace}/onlineEndpoints/{name}</c> (OnlineEndpoints_CreateOrUpdate): PATCH takes tags and identity only.</remarks>
    public async Task<OperationReference?> BeginSetTrafficAsync(string name, string deployment, int percent, CancellationToken cancellationToken = default)
    {
        JsonElement endpoint = (await pipeline.GetAsync(Url(name), cancellationToken: cancellationToken)).Json;
        JsonElement properties = endpoint.At("properties");
        var traffic = new JsonObject { [deployment] = percent };
        foreach ((string other, int share) in ToEndpoint(endpoint).Traffic.Where(rule => percent < 100 && rule.Value > 0 && rule.Key != deployment))
        {
            traffic[other] = share;
        }

        int sum = traffic.Sum(rule => rule.Value!.GetValue<int>());
        if (percent is < 0 or > 100 || sum is not (0 or 100))
        {
            throw new UpstreamException(OutcomeKind.Invalid, new Failure("TrafficNotWhole", $"With {percent} % for '{deployment}' the endpoint's traffic would sum up to {sum} %; it must be 0 or 100.")
            {
                Where = $"onlineEndpoints/{name}",
                NextStep = "Send 100 % to one deployment, or the rest to others first.",
            });
        }

        // The PUT replaces the endpoint: whatever it does not repeat is reset.
        var kept = new JsonObject { ["authMode"] = Node(properties, "authMode") ?? "Key" };
        foreach (string member in (ReadOnlySpan<string>)["description", "mirrorTraffic", "publicNetworkAccess", "compute"])
        {
            if (Node(properties, member) is { } value)
            {
                kept[member] = value;
            }
        }

        // Among them the service keeps notes of its own, such as the address of the last operation, which is over.
        kept["properties"] = new JsonObject(properties.At("properties").Members()
            .Where(note => note.Name != "AzureAsyncOperationUri" && !note.Name.StartsWith("azureml.", StringComparison.OrdinalIgnoreCase))
            .Select(note => KeyValuePair.Create<string, JsonNode?>(note.Name, note.Value.Text())));
        kept["traffic"] = traffic;
        var body = new JsonObject
        {
            ["location"] = Node(endpoint, "location") ?? await workspace.GetLocationAsync(cancellationToken),
            ["tags"] = Node(endpoint, "tags") ?? new JsonObject(),
            ["identity"] = Identity(endpoint.At("identity")),
            ["properties"] = kept,
        };
        return (await pipeline.PutAsync(Url(name), body, cancellationToken)).Operation;
    }

    /// <inheritdoc/>
    /// <remarks><c>GET</c>, then <c>PATCH {workspace}/onlineEndpoints/{name}</c> (OnlineEndpoints_Update).</remarks>
    public async Task UpdateTagsAsync(string name, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken = default)
    {
        // Whether PATCH merges tags or replaces them all, the result is the same when all are sent.
        var all = new Dictionary<string, string>((await pipeline.GetAsync(Url(name), cancellationToken: cancellationToken)).Json.At("tags").Texts(), StringComparer.Ordinal);
        foreach ((string tag, string value) in tags)
        {
            all[tag] = value;
        }

        await pipeline.PatchAsync(Url(name), new JsonObject { ["tags"] = all.ToJson() }, cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks><c>DELETE {workspace}/onlineEndpoints/{name}</c> (OnlineEndpoints_Delete), answered with <c>Azure-AsyncOperation</c> or <c>Location</c>.</remarks>
    public async Task<OperationReference?> BeginDeleteAsync(string name, CancellationToken cancellationToken = default) =>
        (await pipeline.DeleteAsync(Url(name), cancellationToken)).Operation;

    /// <inheritdoc/>
    /// <remarks><c>GET {workspace}/onlineEndpoints/{endpoint}/deployments/{name}</c> (OnlineDeployments_Get).</remarks>
    public async Task<OnlineDeployment?> GetDeploymentAsync(string endpoint, string name, CancellationToken cancellationToken = default)
    {
        ServiceAnswer answer = await pipeline.GetAsync(DeploymentUrl(endpoint, name), acceptNotFound: true, cancellationToken);
        return answer.IsNotFound ? null : new OnlineDeployment(
            answer.Json.At("name").Text() ?? name,
            answer.Json.At("properties", "provisioningState").Text() ?? "Unknown",
            answer.Json.At("properties", "instanceType").Text() ?? "",
            (int)(answer.Json.At("sku", "capacity").Integer() ?? 0));
    }

    /// <inheritdoc/>
    /// <remarks><c>PUT {workspace}/onlineEndpoints/{endpoint}/deployments/{name}</c> (OnlineDeployments_CreateOrUpdate), answered with <c>Azure-AsyncOperation</c>.</remarks>
    public async Task<OperationReference?> BeginCreateDeploymentAsync(OnlineDeploymentSpec deployment, CancellationToken cancellationToken = default)
    {
        DeploymentRequest request = deployment.Request;
        var body = new JsonObject
        {
            ["location"] = await workspace.GetLocationAsync(cancellationToken),
            ["tags"] = deployment.Tags.ToJson(),
            ["sku"] = new JsonObject { ["name"] = "Default", ["capacity"] = request.InstanceCount },
            ["properties"] = new JsonObject
            {
                ["endpointComputeType"] = "Managed",
                ["instanceType"] = request.InstanceType,
                ["model"] = deployment.ModelId,
                ["livenessProbe"] = new JsonObject { ["initialDelay"] = XmlConvert.ToString(request.LivenessInitialDelay) },
                ["requestSettings"] = new JsonObject { ["requestTimeout"] = XmlConvert.ToString(request.RequestTimeout) },
                ["appInsightsEnabled"] = false,
                ["environmentVariables"] = new JsonObject(),
                ["properties"] = new JsonObject(),
            },
        };
        return (await pipeline.PutAsync(DeploymentUrl(deployment.Endpoint, request.Name), body, cancellationToken)).Operation;
    }

    /// <inheritdoc/>
    /// <remarks><c>POST {workspace}/onlineEndpoints/{endpoint}/deployments/{name}/getLogs</c> (OnlineDeployments_GetLogs).</remarks>
    public async Task<string> GetDeploymentLogsAsync(string endpoint, string deployment, int lines, CancellationToken cancellationToken = default)
    {
        foreach (string container in LogContainers)
        {
            var body = new JsonObject { ["containerType"] = container, ["tail"] = lines };
            ServiceAnswer answer = await pipeline.PostAsync(
                pipeline.WorkspaceUrl($"/onlineEndpoints/{endpoint}/deployments/{deployment}/getLogs"), body, acceptNotFound: true, cancellationToken: cancellationToken);
            if (answer.Json.At("content").Text() is { Length: > 0 } content)
            {
                return content;
            }
        }

        return "";
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET {workspace}/onlineEndpoints/{name}</c> for the address, <c>POST …/listKeys</c> (OnlineEndpoints_ListKeys) for the key, then <c>POST {scoringUri}</c> with the
    /// header <c>azureml-model-deployment</c> ("Invoke the endpoint to score data", Microsoft Learn).
    /// </remarks>
    public async Task<ScoringAnswer> ScoreAsync(
        string endpoint, string? deployment, IReadOnlyList<ChatMessage> messages, SmokeTestRequest parameters, CancellationToken cancellationToken = default)
    {
        ServiceAnswer resource = await pipeline.GetAsync(Url(endpoint), cancellationToken: cancellationToken);
        string scoringUri = resource.Json.At("properties", "scoringUri").Text() ?? throw new UpstreamException(
            OutcomeKind.Transient,
            new Failure("EndpointNotReady", $"Endpoint '{endpoint}' has no scoring address yet.") { Where = resource.Where, RequestId = resource.RequestId, NextStep = "Wait until it has been created." });
        string key = (await pipeline.PostAsync(pipeline.WorkspaceUrl($"/onlineEndpoints/{endpoint}/listKeys"), cancellationToken: cancellationToken)).Json.At("primaryKey").Text() ?? throw new UpstreamException(
            OutcomeKind.Denied,
            new Failure("EndpointKeyMissing", $"The service gave no key for endpoint '{endpoint}'.") { Where = resource.Where, NextStep = "The endpoint must have authMode Key, and this identity the right to list its keys." });

        // The notebook sends a list of one conversation, model cards show the conversation itself. Which one a model takes is in its own code.
        UpstreamException? refusal = null;
        foreach (bool nested in (bool[])[true, false])
        {
            try
            {
                return await AskAsync(nested);
            }
            catch (UpstreamException e) when (e.Kind is OutcomeKind.Invalid or OutcomeKind.Failed)
            {
                refusal ??= e;
            }
        }

        throw refusal!;

        async Task<ScoringAnswer> AskAsync(bool nested)
        {
            long started = pipeline.TimeProvider.GetTimestamp();
            ServiceAnswer answer = await pipeline.PostAsync(
                scoringUri,
                ChatScoring.Request(messages, parameters, nested),
                configure: message =>
                {
                    message.Request.Headers.Add(HttpHeader.Names.Authorization, $"Bearer {key}");
                    message.NetworkTimeout = ScoringTimeout;
                    message.BufferResponse = false;
                    if (deployment is not null)
                    {
                        message.Request.Headers.Add("azureml-model-deployment", deployment);
                    }
                },
                cancellationToken: cancellationToken);
            return ChatScoring.Answer(answer, pipeline.TimeProvider.GetElapsedTime(started));
        }
    }

    private static OnlineEndpoint ToEndpoint(JsonElement endpoint)
    {
        JsonElement properties = endpoint.At("properties");
        return new OnlineEndpoint(
            endpoint.At("name").Text() ?? "",
            properties.At("provisioningState").Text() ?? "Unknown",
            properties.At("scoringUri").Text(),
            endpoint.At("tags").Texts(),
            properties.At("traffic").Members().ToDictionary(rule => rule.Name, rule => (int)(rule.Value.Integer() ?? 0), StringComparer.Ordinal));
    }

    // principalId and tenantId are the service's to fill.
    private static JsonObject Identity(JsonElement identity)
    {
        var kept = new JsonObject { ["type"] = identity.At("type").Text() ?? "SystemAssigned" };
        if (identity.At("userAssignedIdentities") is { ValueKind: JsonValueKind.Object } assigned)
        {
            kept["userAssignedIdentities"] = new JsonObject(assigned.Members().Select(id => KeyValuePair.Create<string, JsonNode?>(id.Name, new JsonObject())));
        }

        return kept;
    }

    private static JsonNode? Node(JsonElement element, string member) =>
        element.At(member) is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } value ? JsonNode.Parse(value.GetRawText()) : null;

    private string Url(string name) => pipeline.WorkspaceUrl($"/onlineEndpoints/{name}");

    private string DeploymentUrl(string endpoint, string name) => pipeline.WorkspaceUrl($"/onlineEndpoints/{endpoint}/deployments/{name}");
}
