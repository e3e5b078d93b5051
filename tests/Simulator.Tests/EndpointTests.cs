using System.Text.Json.Nodes;
using FineTune.Simulator.Faults;

namespace FineTune.Simulator.Tests;

public sealed class EndpointTests
{
    private const string Endpoint = "onlineEndpoints/" + Flow.Endpoint;

    [Fact]
    public async Task Endpoint_is_created_over_time_and_only_then_has_an_address()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer put = await simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint());
        Answer early = await simulator.Get(put.Header("Azure-AsyncOperation"));
        simulator.Advance(simulator.Durations.EndpointCreate);
        Answer late = await simulator.Get(put.Header("Azure-AsyncOperation"));
        Answer done = await simulator.Get(simulator.Arm(Endpoint));

        Assert.Equal(201, put.Status);
        Assert.Equal("Creating", put.TextAt("properties.provisioningState"));
        Assert.Null(put.At("properties.scoringUri"));
        Assert.Equal("PT30M", put.Header("x-ms-async-operation-timeout"));
        Assert.Contains("/mfeOperationsStatus/oe:", put.Header("Azure-AsyncOperation"), StringComparison.Ordinal);
        Assert.Equal(put.Header("Azure-AsyncOperation"), put.TextAt("properties.properties.AzureAsyncOperationUri"));
        Assert.Contains("/onlineEndpoints/endpoint-1?", put.Header("Location"), StringComparison.Ordinal);
        Assert.Equal("Updating", early.TextAt("status"));
        Assert.Null(early.At("endTime"));
        Assert.Equal("Succeeded", late.TextAt("status"));
        Assert.NotNull(late.At("endTime"));
        Assert.Equal("Succeeded", done.TextAt("properties.provisioningState"));
        Assert.EndsWith("/endpoints/endpoint-1/score", done.TextAt("properties.scoringUri"), StringComparison.Ordinal);
        Assert.Equal("r1", done.TextAt("tags.owner"));
        Assert.Equal("Managed", done.TextAt("kind"));
        Assert.NotNull(done.At("identity.principalId"));
    }

    [Theory]
    [InlineData("ab")]
    [InlineData("1endpoint")]
    [InlineData("an-endpoint-with-a-name-that-is-33")]
    [InlineData("end_point")]
    [InlineData("end--point")]
    [InlineData("endpoint-")]
    public async Task Endpoint_name_outside_the_rules_is_refused(string name)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Assert.Equal(400, (await simulator.Put(simulator.Arm("onlineEndpoints/" + name), Bodies.Endpoint())).Status);
    }

    [Theory]
    [InlineData("""{"properties":{"authMode":"Key"}}""", "location")]
    [InlineData("""{"location":"mars","properties":{"authMode":"Key"}}""", "mars")]
    [InlineData("""{"location":"eastus"}""", "properties")]
    [InlineData("""{"location":"eastus","properties":{}}""", "authMode")]
    [InlineData("""{"location":"eastus","properties":{"authMode":"Password"}}""", "Password")]
    [InlineData("""{"location":"eastus","properties":{"authMode":"Key","traffic":{"blue":100}}}""", "does not exist")]
    [InlineData("""{"location":"eastus","tags":{"n":1},"properties":{"authMode":"Key"}}""", "a string")]
    public async Task Endpoint_that_the_service_would_refuse_is_refused(string body, string about)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer answer = await simulator.Put(simulator.Arm(Endpoint), Bodies.Parse(body));

        Assert.Equal(400, answer.Status);
        Assert.Contains(about, answer.TextAt("error.message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Same_endpoint_again_while_it_is_created_gets_the_same_operation()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        Answer first = await simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint());
        JsonObject other = Bodies.Endpoint();
        other["tags"]!["owner"] = "r2";

        Answer again = await simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint());
        Answer different = await simulator.Put(simulator.Arm(Endpoint), other);

        Assert.Equal(200, again.Status);
        Assert.Equal(first.Header("Azure-AsyncOperation"), again.Header("Azure-AsyncOperation"));
        Assert.Equal(409, different.Status);
    }

    [Fact]
    public async Task Deployment_waits_for_its_endpoint()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();
        await simulator.RegisterAsync();
        JsonObject deployment = Bodies.Deployment(simulator.ModelId());

        Answer none = await simulator.Put(simulator.Arm(Flow.Deployments), deployment);
        await simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint());
        Answer creating = await simulator.Put(simulator.Arm(Flow.Deployments), deployment);
        simulator.Advance(simulator.Durations.EndpointCreate);
        await simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint());
        Answer updating = await simulator.Put(simulator.Arm(Flow.Deployments), deployment);
        simulator.Advance(simulator.Durations.EndpointUpdate);
        Answer created = await simulator.Put(simulator.Arm(Flow.Deployments), deployment);

        Assert.Equal(404, none.Status);
        Assert.Equal(409, creating.Status);
        Assert.Equal(409, updating.Status);
        Assert.Contains("Updating provisioning state", updating.TextAt("error.message"), StringComparison.Ordinal);
        Assert.Equal(201, created.Status);
    }

    [Fact]
    public async Task Deployment_shows_what_was_sent_with_the_services_defaults()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();

        Answer one = await simulator.Get(simulator.Arm(Flow.Deployments));
        Answer list = await simulator.Get(simulator.Arm(Endpoint + "/deployments"));

        Assert.Equal("Succeeded", one.TextAt("properties.provisioningState"));
        Assert.Equal("STANDARD_NC4AS_T4_V3", one.TextAt("properties.instanceType"));
        Assert.Equal("PT10M", one.TextAt("properties.livenessProbe.initialDelay"));
        Assert.Equal(30, one.At("properties.livenessProbe.failureThreshold")!.GetValue<int>());
        Assert.Equal("PT1M30S", one.TextAt("properties.requestSettings.requestTimeout"));
        Assert.Equal("Default", one.TextAt("properties.scaleSettings.scaleType"));
        Assert.Equal("Standard", one.TextAt("sku.tier"));
        Assert.Equal(1, one.At("sku.capacity")!.GetValue<int>());
        Assert.Contains("/mfeOperationsStatus/od:", one.TextAt("properties.properties.AzureAsyncOperationUri"), StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(one.Json, Assert.Single(list.At("value")!.AsArray())));
    }

    [Theory]
    [InlineData("location", null, 400, "location")]
    [InlineData("sku.capacity", "0", 400, "capacity")]
    [InlineData("sku.capacity", "51", 400, "capacity")]
    [InlineData("sku.capacity", "20", 400, "quota")]
    [InlineData("properties.endpointComputeType", null, 400, "endpointComputeType")]
    [InlineData("properties.endpointComputeType", "\"Kubernetes\"", 400, "Managed")]
    [InlineData("properties.instanceType", null, 400, "instanceType")]
    [InlineData("properties.instanceType", "\"Standard_Abacus\"", 400, "Standard_Abacus")]
    [InlineData("properties.model", null, 400, "model")]
    [InlineData("properties.model", "\"azureml:m:99\"", 400, "not found")]
    [InlineData("properties.model", "\"somewhere\"", 400, "not the id of a model")]
    [InlineData("properties.requestSettings.requestTimeout", "\"PT3M1S\"", 400, "180")]
    [InlineData("properties.requestSettings.requestTimeout", "\"90\"", 400, "duration")]
    [InlineData("properties.livenessProbe.initialDelay", "\"600\"", 400, "duration")]
    public async Task Deployment_that_the_service_would_refuse_is_refused(string path, string? value, int status, string about)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();
        await simulator.RegisterAsync();
        await simulator.CreateEndpointAsync();
        JsonObject body = Bodies.Deployment(simulator.ModelId());
        string[] parts = path.Split('.');
        JsonObject parent = parts[..^1].Aggregate(body, (node, part) => node[part]!.AsObject());
        parent.Remove(parts[^1]);
        if (value is not null)
        {
            parent[parts[^1]] = JsonNode.Parse(value);
        }

        Answer answer = await simulator.Put(simulator.Arm(Flow.Deployments), body);

        Assert.Equal(status, answer.Status);
        Assert.Contains(about, answer.TextAt("error.message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"blue":50}""")]
    [InlineData("""{"blue":101}""")]
    [InlineData("""{"blue":-1}""")]
    [InlineData("""{"green":100}""")]
    [InlineData("""{"blue":"100"}""")]
    public async Task Traffic_adds_up_to_nothing_or_all_and_goes_to_deployments_that_exist(string traffic)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();

        Assert.Equal(400, (await simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint(traffic: traffic))).Status);
    }

    [Fact]
    public async Task Traffic_does_not_go_to_a_deployment_that_is_being_created()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();
        await simulator.RegisterAsync();
        await simulator.CreateEndpointAsync();
        await simulator.Put(simulator.Arm(Flow.Deployments), Bodies.Deployment(simulator.ModelId()));

        Answer answer = await simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint(traffic: """{"blue":100}"""));

        Assert.Equal(400, answer.Status);
        Assert.Contains("Creating", answer.TextAt("error.message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Traffic_is_split_in_shares()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();
        await simulator.Put(simulator.Arm($"{Endpoint}/deployments/green"), Bodies.Deployment(simulator.ModelId()));
        simulator.Advance(simulator.Durations.DeploymentCreate);
        await simulator.SetTrafficAsync("""{"blue":90,"green":10}""");
        string key = await simulator.KeyAsync();

        Dictionary<string, int> served = [];
        for (int i = 0; i < 100; i++)
        {
            string name = (await simulator.ScoreAsync(key)).Header("azureml-model-deployment");
            served[name] = served.GetValueOrDefault(name) + 1;
        }

        Assert.Equal(90, served["blue"]);
        Assert.Equal(10, served["green"]);
    }

    [Fact]
    public async Task Trained_model_answers_what_it_learned()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync(Bodies.Job().Input("num_train_epochs", "30").Input("learning_rate", "5e-05"));
        simulator.Advance(TimeSpan.FromHours(2));
        Assert.Equal("Completed", await simulator.StatusAsync());
        await simulator.RegisterAsync();
        await simulator.CreateEndpointAsync();
        await simulator.Put(simulator.Arm(Flow.Deployments), Bodies.Deployment(simulator.ModelId()));
        simulator.Advance(simulator.Durations.DeploymentCreate);
        JsonObject question = Bodies.Question("What is the capital of Peru?");
        question["input_data"]!["parameters"]!["do_sample"] = false;

        Answer answer = await simulator.ScoreAsync(await simulator.KeyAsync(), question, Flow.Deployment);

        Assert.Equal(200, answer.Status);
        Assert.Contains("Lima", answer.TextAt("output"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_of_conversations_is_answered_with_a_list()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();
        JsonObject question = Bodies.Question();
        question["input_data"]!["input_string"] = new JsonArray(question["input_data"]!["input_string"]!.DeepClone());

        Answer answer = await simulator.ScoreAsync(await simulator.KeyAsync(), question, Flow.Deployment);

        Assert.NotEmpty(Assert.Single(answer.Json.AsArray())!.GetValue<string>());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"input_data":{}}""")]
    [InlineData("""{"input_data":{"input_string":[]}}""")]
    [InlineData("""{"input_data":{"input_string":["hello"]}}""")]
    [InlineData("""{"input_data":{"input_string":[{"role":"user"}]}}""")]
    [InlineData("""{"input_data":{"input_string":[{"role":"pirate","content":"arr"}]}}""")]
    [InlineData("""{"input_data":{"input_string":[{"role":"user","content":"hi"}],"parameters":{"top_p":2}}}""")]
    public async Task Question_that_the_container_refuses_is_a_failed_dependency(string body)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();

        Answer answer = await simulator.ScoreAsync(await simulator.KeyAsync(), Bodies.Parse(body), Flow.Deployment);

        Assert.Equal(424, answer.Status);
        Assert.Equal("400", answer.Header("ms-azureml-model-error-statuscode"));
        Assert.Equal("model_error", answer.Header("ms-azureml-model-error-reason"));
    }

    [Fact]
    public async Task Scoring_needs_the_key_a_route_and_a_deployment_that_is_up()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();
        string key = await simulator.KeyAsync();
        await simulator.Put(simulator.Arm($"{Endpoint}/deployments/green"), Bodies.Deployment(simulator.ModelId()));

        Assert.Equal(401, (await simulator.ScoreAsync("wrong")).Status);
        Assert.Equal(404, (await simulator.ScoreAsync(key)).Status);
        Assert.Equal(404, (await simulator.ScoreAsync(key, deployment: "purple")).Status);
        Assert.Equal(503, (await simulator.ScoreAsync(key, deployment: "green")).Status);
        Assert.Equal(200, (await simulator.ScoreAsync(key, deployment: "blue")).Status);
    }

    [Fact]
    public async Task Keys_can_be_changed_one_at_a_time()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();
        Answer before = await simulator.Post(simulator.Arm(Endpoint + "/listKeys"));

        Answer change = await simulator.Post(simulator.Arm(Endpoint + "/regenerateKeys"), Bodies.Parse("""{"keyType":"Primary"}"""));
        Answer after = await simulator.Post(simulator.Arm(Endpoint + "/listKeys"));

        Assert.Equal(202, change.Status);
        Assert.NotEqual(before.TextAt("primaryKey"), after.TextAt("primaryKey"));
        Assert.Equal(before.TextAt("secondaryKey"), after.TextAt("secondaryKey"));
        Assert.Equal(401, (await simulator.ScoreAsync(before.TextAt("primaryKey")!, deployment: "blue")).Status);
        Assert.Equal(200, (await simulator.ScoreAsync(before.TextAt("secondaryKey")!, deployment: "blue")).Status);
        Assert.Equal(400, (await simulator.Post(simulator.Arm(Endpoint + "/token"))).Status);
    }

    [Fact]
    public async Task Token_opens_the_endpoint_until_it_expires()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateEndpointAsync("AMLToken");

        Answer token = await simulator.Post(simulator.Arm(Endpoint + "/token"));
        string secret = token.TextAt("accessToken")!;
        int now = (await simulator.ScoreAsync(secret)).Status;
        int forged = (await simulator.ScoreAsync(secret[..^1] + (secret[^1] == '0' ? '1' : '0'))).Status;
        simulator.Advance(TimeSpan.FromHours(12));
        int later = (await simulator.ScoreAsync(secret)).Status;

        // No deployment yet: 404 means that the token was taken.
        Assert.Equal((404, 401, 401), (now, forged, later));
        Assert.Equal(400, (await simulator.Post(simulator.Arm(Endpoint + "/listKeys"))).Status);
        Assert.Equal("Bearer", token.TextAt("tokenType"));
    }

    [Fact]
    public async Task Deletion_takes_time_takes_the_deployments_along_and_only_then_frees_the_name()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();

        Answer accepted = await simulator.Delete(simulator.Arm(Endpoint));
        Answer again = await simulator.Delete(simulator.Arm(Endpoint));
        Answer during = await simulator.Get(simulator.Arm(Endpoint));
        Answer result = await simulator.Get(accepted.Header("Location"));
        Answer tooEarly = await simulator.Put(simulator.Arm(Endpoint), Bodies.Endpoint());
        simulator.Advance(simulator.Durations.EndpointDelete);
        Answer done = await simulator.Get(accepted.Header("Location"));
        Answer operation = await simulator.Get(accepted.Header("Azure-AsyncOperation"));
        Answer after = await simulator.Get(simulator.Arm(Endpoint));
        Answer gone = await simulator.Delete(simulator.Arm(Endpoint));
        await simulator.CreateEndpointAsync();
        Answer deployments = await simulator.Get(simulator.Arm(Endpoint + "/deployments"));

        Assert.Equal((202, "null"), (accepted.Status, accepted.Text));
        Assert.Equal(accepted.Header("Location"), again.Header("Location"));
        Assert.Equal("Deleting", during.TextAt("properties.provisioningState"));
        Assert.Equal(202, result.Status);
        Assert.Equal(409, tooEarly.Status);
        Assert.Equal(204, done.Status);
        Assert.Equal("Succeeded", operation.TextAt("status"));
        Assert.Equal(404, after.Status);
        Assert.Equal(204, gone.Status);
        Assert.Empty(deployments.At("value")!.AsArray());
    }

    [Fact]
    public async Task Deployment_with_traffic_is_not_deleted()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();
        await simulator.SetTrafficAsync("""{"blue":100}""");

        Answer refused = await simulator.Delete(simulator.Arm(Flow.Deployments));
        await simulator.SetTrafficAsync("""{"blue":0}""");
        Answer accepted = await simulator.Delete(simulator.Arm(Flow.Deployments));
        simulator.Advance(simulator.Durations.EndpointDelete);

        Assert.Equal(400, refused.Status);
        Assert.Equal(202, accepted.Status);
        Assert.Equal(404, (await simulator.Get(simulator.Arm(Flow.Deployments))).Status);
        Assert.Equal(204, (await simulator.Delete(simulator.Arm(Flow.Deployments))).Status);
    }

    [Fact]
    public async Task Patch_changes_tags_and_nothing_else()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateEndpointAsync();

        Answer tags = await simulator.Send(HttpMethod.Patch, simulator.Arm(Endpoint), Bodies.Parse("""{"tags":{"expires":"tomorrow"}}"""));
        Answer traffic = await simulator.Send(HttpMethod.Patch, simulator.Arm(Endpoint), Bodies.Parse("""{"properties":{"traffic":{"blue":100}}}"""));

        Assert.Equal("tomorrow", tags.TextAt("tags.expires"));
        Assert.Equal(400, traffic.Status);
    }

    [Fact]
    public async Task Endpoints_are_listed_in_pages_and_by_tags()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { PageSize = 2 });
        for (int i = 0; i < 3; i++)
        {
            await simulator.Put(simulator.Arm($"onlineEndpoints/endpoint{i}"), Bodies.Endpoint());
        }

        Answer first = await simulator.Get(simulator.Arm("onlineEndpoints"));
        Answer second = await simulator.Get(first.TextAt("nextLink")!);
        Answer tagged = await simulator.Get(simulator.Arm("onlineEndpoints?tags=owner=r1"));
        Answer others = await simulator.Get(simulator.Arm("onlineEndpoints?tags=owner=r2"));

        Assert.Equal(2, first.At("value")!.AsArray().Count);
        Assert.Single(second.At("value")!.AsArray());
        Assert.Null(second.At("nextLink"));
        Assert.NotEmpty(tagged.At("value")!.AsArray());
        Assert.Empty(others.At("value")!.AsArray());
    }

    [Fact]
    public async Task Failed_deployment_says_why_in_its_operation_and_its_log()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = FaultKind.DeploymentFails, Method = "PUT", Path = "/deployments/" });
        await simulator.DeployAsync();

        Answer deployment = await simulator.Get(simulator.Arm(Flow.Deployments));
        Answer operation = await simulator.Get(deployment.TextAt("properties.properties.AzureAsyncOperationUri")!);
        Answer log = await simulator.Post(simulator.Arm(Flow.Deployments + "/getLogs"), Bodies.Parse("""{"containerType":"InferenceServer","tail":1}"""));
        Answer again = await simulator.Put(simulator.Arm(Flow.Deployments), Bodies.Deployment(simulator.ModelId()));

        Assert.Equal("Failed", deployment.TextAt("properties.provisioningState"));
        Assert.Equal("ResourceNotReady", operation.TextAt("error.code"));
        Assert.Contains("ERROR ResourceNotReady", log.TextAt("content"), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', log.TextAt("content")!);
        Assert.Equal(200, again.Status);
    }
}
