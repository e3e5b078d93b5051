using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

public sealed class WorkspaceTests
{
    [Fact]
    public async Task Workspace_shows_where_its_other_services_are()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer workspace = await simulator.Get($"{simulator.Workspace}?{SimulatorFixture.Version}");

        Assert.Equal(200, workspace.Status);
        Assert.Equal("eastus", workspace.TextAt("location"));
        Assert.Matches("^azureml://127.0.0.1:[0-9]+/mlflow/v1.0/subscriptions/", workspace.TextAt("properties.mlFlowTrackingUri"));
        Assert.Equal($"azureml-blobstore-{workspace.TextAt("properties.workspaceId")}", simulator.Simulation.ContainerName);
        simulator.Http.DefaultRequestHeaders.Clear();
        Answer discovery = await simulator.Get(new Uri(workspace.TextAt("properties.discoveryUrl")!).PathAndQuery);
        Assert.Equal(simulator.Http.BaseAddress!.ToString().TrimEnd('/'), discovery.TextAt("api"));
    }

    [Fact]
    public async Task Request_without_a_bearer_token_is_refused_in_the_services_error_shape()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        simulator.Http.DefaultRequestHeaders.Clear();

        Answer answer = await simulator.Get(simulator.Arm("computes"));

        Assert.Equal(401, answer.Status);
        Assert.Equal("AuthenticationFailed", answer.TextAt("error.code"));
        Assert.Equal("error", answer.Header("x-ms-response-type"));
        Assert.Equal(["ComponentName", "Correlation", "Environment", "Location", "Time"], answer.At("error.additionalInfo")!.AsArray().Select(info => info!["type"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("", 400, "MissingApiVersionParameter")]
    [InlineData("?api-version=1999-01-01", 200, null)]
    [InlineData("?api-version=2026-05-01", 200, null)]
    public async Task Api_version_has_to_be_there_but_may_be_any(string query, int status, string? code)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer answer = await simulator.Get(simulator.Workspace + query);

        Assert.Equal(status, answer.Status);
        Assert.Equal(code, answer.At("error.code")?.GetValue<string>());
    }

    [Theory]
    [InlineData("/subscriptions/", "/subscriptions/9", "SubscriptionNotFound")]
    [InlineData("/resourceGroups/", "/resourceGroups/x", "ResourceGroupNotFound")]
    [InlineData("/workspaces/", "/workspaces/x", "ResourceNotFound")]
    public async Task Another_scope_is_not_found(string part, string other, string code)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer answer = await simulator.Get(simulator.Workspace.Replace(part, other, StringComparison.Ordinal) + "?" + SimulatorFixture.Version);

        Assert.Equal(404, answer.Status);
        Assert.Equal(code, answer.TextAt("error.code"));
    }

    [Fact]
    public async Task Unknown_operation_is_not_found_and_says_so()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer answer = await simulator.Get(simulator.Arm("schedules"));

        Assert.Equal(404, answer.Status);
        Assert.Equal("ResourceNotFound", answer.TextAt("error.code"));
    }

    [Fact]
    public async Task Paths_are_compared_without_regard_to_case()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer answer = await simulator.Get(simulator.Workspace.Replace("resourceGroups", "resourcegroups", StringComparison.Ordinal).Replace("Microsoft.", "microsoft.", StringComparison.Ordinal) + "?" + SimulatorFixture.Version);

        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task Vm_sizes_have_gpus_cores_and_prices()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        JsonArray sizes = (await simulator.Get(simulator.InRegion("vmSizes"))).At("value")!.AsArray();

        JsonNode size = sizes.Single(candidate => candidate!["name"]!.GetValue<string>() == "Standard_ND40rs_v2")!;
        Assert.Equal(8, size["gpus"]!.GetValue<int>());
        Assert.Equal(40, size["vCPUs"]!.GetValue<int>());
        Assert.Equal("USD", size["estimatedVMPrices"]!["billingCurrency"]!.GetValue<string>());
        Assert.All(sizes, candidate => Assert.True(candidate!["memoryGB"]!.GetValue<double>() > 0));
        foreach (string name in (string[])["Standard_NC24ads_A100_v4", "Standard_ND96asr_v4", "Standard_ND96amsr_A100_v4", "Standard_NC4as_T4_v3", "Standard_NC24rs_v3", "Standard_D12_v2"])
        {
            Assert.Contains(sizes, candidate => candidate!["name"]!.GetValue<string>() == name);
        }
    }

    [Fact]
    public async Task Usage_counts_deployments_with_the_fifth_that_is_reserved()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();

        JsonArray usages = (await simulator.Get(simulator.InRegion("usages"))).At("value")!.AsArray();
        JsonArray quotas = (await simulator.Get(simulator.InRegion("quotas"))).At("value")!.AsArray();

        JsonNode usage = usages.Single(line => line!["name"]!["value"]!.GetValue<string>() == "Standard NCASv3_T4 Family")!;
        Assert.Equal(8, usage["currentValue"]!.GetValue<int>());
        Assert.Equal(64, usage["limit"]!.GetValue<int>());
        JsonNode total = usages.Single(line => line!["type"]!.GetValue<string>().Contains("/dedicatedCores/", StringComparison.Ordinal))!;
        Assert.Equal(8, total["currentValue"]!.GetValue<int>());
        Assert.Equal(usages.Count - 1, quotas.Count);
    }

    [Fact]
    public async Task Datastore_shows_its_container()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer one = await simulator.Get(simulator.Arm("datastores/workspaceblobstore"));
        Answer list = await simulator.Get(simulator.Arm("datastores?isDefault=true"));
        Answer secrets = await simulator.Post(simulator.Arm("datastores/workspaceblobstore/listSecrets"));
        Answer other = await simulator.Get(simulator.Arm("datastores/other"));

        Assert.Equal(simulator.Simulation.ContainerName, one.TextAt("properties.containerName"));
        Assert.Equal("AzureBlob", one.TextAt("properties.datastoreType"));
        Assert.Equal("None", one.TextAt("properties.credentials.credentialsType"));
        Assert.True(JsonNode.DeepEquals(one.Json, list.At("value.0")));
        Assert.Equal(400, secrets.Status);
        Assert.Equal(404, other.Status);
    }

    [Fact]
    public async Task Datastore_in_an_account_gives_its_key_and_creates_its_container_once()
    {
        AccountBlobs blobs = new();
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { DatastoreBlobs = blobs });

        Answer one = await simulator.Get(simulator.Arm("datastores/workspaceblobstore"));
        Answer secrets = await simulator.Post(simulator.Arm("datastores/workspaceblobstore/listSecrets"));

        Assert.Equal("AccountKey", one.TextAt("properties.credentials.credentialsType"));
        Assert.Equal("127.0.0.1:10000", one.TextAt("properties.endpoint"));
        Assert.Equal("a2V5", secrets.TextAt("key"));
        Assert.Equal("AccountKey", secrets.TextAt("secretsType"));
        Assert.Equal([simulator.Simulation.ContainerName], blobs.Created);
    }

    [Fact]
    public async Task Request_log_names_every_request_but_never_a_secret()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateEndpointAsync();
        string key = await simulator.KeyAsync();
        await simulator.ScoreAsync(key);

        Answer log = await simulator.Get("/simulator/requests");

        string[] lines = [.. log.At("value")!.AsArray().Select(line => $"{line!["method"]} {line["status"]} {line["path"]!.GetValue<string>().Split('/')[^1]}")];
        Assert.Equal(["PUT 201 endpoint-1", "POST 200 listKeys", "POST 404 score"], lines);
        Assert.DoesNotContain(key, log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("token-of-a-test", log.Text, StringComparison.Ordinal);
    }

    private sealed class AccountBlobs : Datastores.IDatastoreBlobs
    {
        public List<string> Created { get; } = [];

        public Datastores.DatastoreAccount Account { get; } = new("devstoreaccount1", "127.0.0.1:10000", "http", "a2V5");

        public Task CreateContainerAsync(string container, CancellationToken cancellationToken)
        {
            Created.Add(container);
            return Task.CompletedTask;
        }

        public Task<Stream?> OpenReadAsync(string container, string path, CancellationToken cancellationToken) => Task.FromResult<Stream?>(null);
    }
}
