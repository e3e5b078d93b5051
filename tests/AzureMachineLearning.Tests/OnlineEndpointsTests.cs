using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Tests;

public sealed class OnlineEndpointsTests
{
    private const string Operation = ScriptedService.Arm + "/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/westeurope/mfeOperationsStatus/oe:w:g?api-version=2024-04-01";
    private const string Results = ScriptedService.Arm + "/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/westeurope/mfeOperationResults/oe:w:g?api-version=2024-04-01";

    private static readonly string Url = ScriptedService.Url("/onlineEndpoints/ep-1");
    private static readonly string DeploymentUrl = ScriptedService.Url("/onlineEndpoints/ep-1/deployments/demo");

    private readonly ScriptedService _service = new ScriptedService().WithWorkspace();

    private IOnlineEndpoints Endpoints => _service.Client().OnlineEndpoints;

    [Fact]
    public async Task Creating_an_endpoint_sends_the_recorded_body_and_prefers_the_operation_over_the_location()
    {
        _service.On("PUT " + Url, 201, "{}", ("Azure-AsyncOperation", Operation), ("Location", Url));

        OperationReference? operation = await Endpoints.BeginCreateAsync(new OnlineEndpointSpec("ep-1", "Serves a test", new Dictionary<string, string> { ["expires"] = "x" }));

        Assert.Equal(new OperationReference(Operation, OperationStyle.AzureAsyncOperation), operation);
        _service.Last.AssertBody("""
            {"location":"westeurope","tags":{"expires":"x"},"identity":{"type":"SystemAssigned"},
             "properties":{"authMode":"Key","description":"Serves a test","properties":{},"traffic":{},"mirrorTraffic":{}}}
            """);
    }

    [Fact]
    public async Task An_endpoint_is_read()
    {
        _service.On("GET " + Url, body: """
            {"name":"ep-1","tags":{"a":"b"},"properties":{"provisioningState":"Succeeded","scoringUri":"https://ep-1.westeurope.inference.ml.azure.com/score","traffic":{"demo":100}}}
            """);

        OnlineEndpoint? endpoint = await Endpoints.GetAsync("ep-1");

        Assert.Equal(("ep-1", "Succeeded", "https://ep-1.westeurope.inference.ml.azure.com/score"), (endpoint!.Name, endpoint.ProvisioningState, endpoint.ScoringUri));
        Assert.Equal("b", endpoint.Tags["a"]);
        Assert.Equal(100, endpoint.Traffic["demo"]);
    }

    [Fact]
    public async Task What_is_not_there_is_null()
    {
        _service.On("GET " + Url, 404).On("GET " + DeploymentUrl, 404);

        Assert.Null(await Endpoints.GetAsync("ep-1"));
        Assert.Null(await Endpoints.GetDeploymentAsync("ep-1", "demo"));
    }

    [Fact]
    public async Task Listing_follows_the_next_link_verbatim()
    {
        string next = ScriptedService.Url("/onlineEndpoints", "&$skip=a%2Bb%3D");
        _service.On("GET " + ScriptedService.Url("/onlineEndpoints"), body: $$$"""{"value":[{"name":"one","properties":{"scoringUri":null}}],"nextLink":"{{{next}}}"}""")
            .On("GET " + next, body: """{"value":[{"name":"two"}],"nextLink":null}""");
        var names = new List<string>();

        await foreach (OnlineEndpoint endpoint in Endpoints.ListAsync())
        {
            names.Add(endpoint.Name);
        }

        Assert.Equal(["one", "two"], names);
    }

    [Fact]
    public async Task Traffic_is_a_put_of_the_whole_endpoint_that_keeps_everything_else()
    {
        _service.On("GET " + Url, body: """
            {"name":"ep-1","location":"northeurope","kind":"Managed","tags":{"expires":"x"},
             "identity":{"type":"SystemAssigned,UserAssigned","principalId":"p","tenantId":"t","userAssignedIdentities":{"/i/1":{"principalId":"q","clientId":"c"}}},
             "properties":{"authMode":"AMLToken","description":"d","properties":{"custom":"1","azureml.onlineendpointid":"/x","AzureAsyncOperationUri":"https://x"},"scoringUri":"https://x","swaggerUri":"https://y","provisioningState":"Succeeded",
               "compute":null,"traffic":{"old":100},"mirrorTraffic":{"old":10},"publicNetworkAccess":"Disabled"}}
            """).On("PUT " + Url, 200, "{}", ("Azure-AsyncOperation", Operation));

        Assert.NotNull(await Endpoints.BeginSetTrafficAsync("ep-1", "demo", 100));

        _service.Last.AssertBody("""
            {"location":"northeurope","tags":{"expires":"x"},"identity":{"type":"SystemAssigned,UserAssigned","userAssignedIdentities":{"/i/1":{}}},
             "properties":{"authMode":"AMLToken","description":"d","properties":{"custom":"1"},"mirrorTraffic":{"old":10},"publicNetworkAccess":"Disabled","traffic":{"demo":100}}}
            """);
    }

    [Theory]
    [InlineData("""{"old":100,"demo":0}""", 0, """{"old":100,"demo":0}""")]
    [InlineData("""{"old":90}""", 10, """{"old":90,"demo":10}""")]
    [InlineData("{}", 0, """{"demo":0}""")]
    [InlineData("""{"old":60,"demo":40}""", 100, """{"demo":100}""")]
    public async Task Traffic_leaves_the_others_their_share_where_there_is_one(string before, int percent, string after)
    {
        _service.On("GET " + Url, body: $$$"""{"location":"l","properties":{"authMode":"Key","traffic":{{{before}}}}}""").On("PUT " + Url);

        await Endpoints.BeginSetTrafficAsync("ep-1", "demo", percent);

        _service.Last.AssertBody($$$"""{"location":"l","tags":{},"identity":{"type":"SystemAssigned"},"properties":{"authMode":"Key","properties":{},"traffic":{{{after}}}}}""");
    }

    [Theory]
    [InlineData("""{"old":100}""", 50)]
    [InlineData("{}", 50)]
    [InlineData("{}", 101)]
    [InlineData("""{"old":101}""", -1)]
    public async Task Traffic_that_would_not_sum_up_is_refused_before_it_is_sent(string before, int percent)
    {
        _service.On("GET " + Url, body: $$$"""{"location":"l","properties":{"traffic":{{{before}}}}}""");

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => Endpoints.BeginSetTrafficAsync("ep-1", "demo", percent));

        Assert.Equal((OutcomeKind.Invalid, "TrafficNotWhole"), (e.Kind, e.Failure.Code));
    }

    [Fact]
    public async Task New_tags_are_patched_together_with_those_that_are_there()
    {
        _service.On("GET " + Url, body: """{"tags":{"owner":"r-1","expires":"old"}}""").On("PATCH " + Url, 202, "", ("Location", Results));

        await Endpoints.UpdateTagsAsync("ep-1", new Dictionary<string, string> { ["expires"] = "new", ["kept"] = "1" });

        _service.Last.AssertBody("""{"tags":{"owner":"r-1","expires":"new","kept":"1"}}""");
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Deleting_gives_the_operation_in_whichever_header(bool asyncOperation, bool location)
    {
        (string, string)[] headers = [.. asyncOperation ? [("Azure-AsyncOperation", Operation)] : Array.Empty<(string, string)>(), .. location ? [("Location", Results)] : Array.Empty<(string, string)>()];
        _service.On("DELETE " + Url, 202, "null", headers);

        OperationReference? operation = await Endpoints.BeginDeleteAsync("ep-1");

        Assert.Equal(asyncOperation ? new OperationReference(Operation, OperationStyle.AzureAsyncOperation) : new OperationReference(Results, OperationStyle.Location), operation);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(204)]
    [InlineData(404)]
    public async Task Deleting_what_is_gone_gives_no_operation(int status)
    {
        _service.On("DELETE " + Url, status, "");

        Assert.Null(await Endpoints.BeginDeleteAsync("ep-1"));
    }

    [Fact]
    public async Task Creating_a_deployment_sends_durations_and_capacity_in_azures_form()
    {
        _service.On("PUT " + DeploymentUrl, 201, "{}", ("Azure-AsyncOperation", Operation));

        await Endpoints.BeginCreateDeploymentAsync(new OnlineDeploymentSpec(
            "ep-1", "/x/models/m/versions/1", new DeploymentRequest { InstanceType = "STANDARD_NC4AS_T4_V3", InstanceCount = 2 }, new Dictionary<string, string> { ["run"] = "r" }));

        _service.Last.AssertBody("""
            {"location":"westeurope","tags":{"run":"r"},"sku":{"name":"Default","capacity":2},"properties":{"endpointComputeType":"Managed","instanceType":"STANDARD_NC4AS_T4_V3",
             "model":"/x/models/m/versions/1","livenessProbe":{"initialDelay":"PT10M"},"requestSettings":{"requestTimeout":"PT1M30S"},
             "appInsightsEnabled":false,"environmentVariables":{},"properties":{}}}
            """);
    }

    [Fact]
    public async Task A_deployment_on_an_endpoint_that_is_still_updating_is_transient()
    {
        _service.On("PUT " + DeploymentUrl, 400, """{"error":{"code":"BadRequest","message":"Cannot create a deployment in endpoint ep-1 because it is in Updating provisioning state."}}""");

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => Endpoints.BeginCreateDeploymentAsync(
            new OnlineDeploymentSpec("ep-1", "/m", new DeploymentRequest(), new Dictionary<string, string>())));

        Assert.Equal(OutcomeKind.Transient, e.Kind);
    }

    [Fact]
    public async Task A_deployment_is_read()
    {
        _service.On("GET " + DeploymentUrl, body: """{"name":"demo","sku":{"capacity":3},"properties":{"provisioningState":"Scaling","instanceType":"Standard_F4s_v2"}}""");

        Assert.Equal(new OnlineDeployment("demo", "Scaling", "Standard_F4s_v2", 3), await Endpoints.GetDeploymentAsync("ep-1", "demo"));
    }

    [Fact]
    public async Task Logs_are_the_servers_or_when_it_wrote_none_the_initializers()
    {
        string logs = "POST " + ScriptedService.Url("/onlineEndpoints/ep-1/deployments/demo/getLogs");
        _service.On(logs, body: """{"content":""}""").On(logs, body: """{"content":"can't download the model"}""");

        Assert.Equal("can't download the model", await Endpoints.GetDeploymentLogsAsync("ep-1", "demo", 50));

        _service.Requests[0].AssertBody("""{"containerType":"InferenceServer","tail":50}""");
        _service.Requests[1].AssertBody("""{"containerType":"StorageInitializer","tail":50}""");
    }

    [Fact]
    public async Task A_deployment_that_is_not_there_has_no_logs()
    {
        _service.On("POST " + ScriptedService.Url("/onlineEndpoints/ep-1/deployments/demo/getLogs"), 404);

        Assert.Equal("", await Endpoints.GetDeploymentLogsAsync("ep-1", "demo", 50));
    }
}
