using Azure.Core;
using Azure.Core.Diagnostics;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Tests;

/// <summary>Who gets to see a token or key.</summary>
public sealed class CredentialTests
{
    private const string Token = "token-of-a-test";
    private const string Local = "http://127.0.0.1:5001";

    private readonly ScriptedService _service = new();
    private readonly ConstantCredential _credential = new(Token);

    [Fact]
    public async Task The_scope_is_the_clouds_audience()
    {
        _service.On("GET " + ScriptedService.Url("/computes/c"), 404);

        await _service.Client(credential: _credential).ComputeClusters.GetAsync("c");

        Assert.Equal(["https://management.azure.com/.default"], _credential.Scopes.Distinct());
        Assert.Equal("Bearer " + Token, _service.Last.Authorization);
    }

    [Theory]
    [InlineData("https://evil.example/status")]
    [InlineData("http://management.azure.com/status")]
    [InlineData("http://127.0.0.1:5001/status")]
    [InlineData("https://127.0.0.1/status")]
    [InlineData("https://management.azure.com@evil.example/status")]
    [InlineData("https://management.azure.com.evil.example/status")]
    [InlineData("https://evilmanagement.azure.com/status")]
    [InlineData("https://mine.westeurope.cloudapp.azure.com/status")]
    [InlineData("https://mine.westeurope.inference.ml.azure.com/status")]
    [InlineData("https://mine.westeurope.instances.azureml.ms/status")]
    [InlineData("ftp://management.azure.com/status")]
    [InlineData("status")]
    public async Task An_operation_at_a_strange_host_is_not_asked_and_no_token_leaves(string url)
    {
        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(
            () => _service.Client(credential: _credential).Operations.GetStatusAsync(new OperationReference(url, OperationStyle.AzureAsyncOperation)));

        Assert.Contains(e.Failure.Code, new[] { "UntrustedHost", "InvalidAddress" });
        Assert.Empty(_service.Requests);
        Assert.Empty(_credential.Scopes);
    }

    [Theory]
    [InlineData("https://management.azure.com/status")]
    [InlineData("https://MANAGEMENT.azure.com/status")]
    [InlineData("https://westeurope.management.azure.com/status")]
    [InlineData("https://westeurope.api.azureml.ms/status")]
    [InlineData("https://cert-westeurope.experiments.azureml.net/status")]
    public async Task An_operation_at_a_host_of_the_cloud_is_asked_with_the_token(string url)
    {
        _service.On("GET " + url, body: """{"status":"Succeeded"}""");

        await _service.Client().Operations.GetStatusAsync(new OperationReference(url, OperationStyle.AzureAsyncOperation));

        Assert.Equal("Bearer " + Token, _service.Last.Authorization);
    }

    [Fact]
    public async Task A_next_page_at_a_strange_host_gets_no_token()
    {
        _service.On("GET " + ScriptedService.Url("/onlineEndpoints"), body: """{"value":[],"nextLink":"https://evil.example/next"}""");

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(async () =>
        {
            await foreach (OnlineEndpoint _ in _service.Client().OnlineEndpoints.ListAsync())
            {
                Assert.Fail("There is no endpoint.");
            }
        });

        Assert.Equal((OutcomeKind.Denied, "UntrustedHost", "GET https://evil.example/next"), (e.Kind, e.Failure.Code, e.Failure.Where));
        Assert.Single(_service.Requests);
    }

    [Theory]
    [InlineData("https://evil.example", "azureml://westeurope.api.azureml.ms/mlflow")]
    [InlineData("https://westeurope.api.azureml.ms", "azureml://evil.example/mlflow")]
    public async Task A_workspace_that_names_a_strange_host_leads_nowhere(string api, string tracking)
    {
        _service.On("GET " + ScriptedService.Url(""), body: $$$"""{"location":"l","properties":{"discoveryUrl":"https://discovery.example/","mlFlowTrackingUri":"{{{tracking}}}"}}""")
            .On("GET https://discovery.example/", body: $$"""{"api":"{{api}}"}""")
            .On("GET " + ScriptedService.Url("/jobs/j"), body: """{"properties":{"status":"Running"}}""")
            .On($"GET {api}/history/v1.0{ScriptedService.WorkspacePath}/runs/j/children", body: """{"value":[]}""");
        AzureMachineLearningClient client = _service.Client();

        await client.Jobs.GetAsync("j");
        Exception? metrics = await Record.ExceptionAsync(() => client.Metrics.GetAsync("j", "e", includeHistories: false));

        Assert.NotNull(metrics);
        Assert.DoesNotContain(_service.Requests, request => request.Line.Contains("evil", StringComparison.Ordinal));
        Assert.All(_service.Requests.Where(request => request.Line.Contains("discovery.example", StringComparison.Ordinal)), request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task A_registry_that_names_a_strange_provider_gets_no_token()
    {
        _service.On("GET https://eastus.api.azureml.ms/registrymanagement/v1.0/registries/azureml/discovery", body: """
            {"subscriptionId":"s","resourceGroup":"g","primaryRegionResourceProviderUri":"https://evil.example/"}
            """);

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => _service.Client().Registry.GetModelAsync(new ModelReference()));

        Assert.Equal("UntrustedHost", e.Failure.Code);
        Assert.Single(_service.Requests);
    }

    [Theory]
    [InlineData("http://ep-1.example/score")]
    [InlineData("http://127.0.0.1:5001/score")]
    public async Task An_endpoints_key_is_not_sent_without_tls(string scoringUri)
    {
        _service.On("GET " + ScriptedService.Url("/onlineEndpoints/ep-1"), body: $$$"""{"properties":{"scoringUri":"{{{scoringUri}}}"}}""")
            .On("POST " + ScriptedService.Url("/onlineEndpoints/ep-1/listKeys"), body: """{"primaryKey":"key-of-a-test"}""");

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(
            () => _service.Client().OnlineEndpoints.ScoreAsync("ep-1", null, [new ChatMessage("user", "Hi")], new SmokeTestRequest()));

        Assert.Equal("UntrustedHost", e.Failure.Code);
        Assert.DoesNotContain("key-of-a-test", e.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(_service.Requests, request => request.Line.Contains("/score", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_goes_over_plain_http_to_this_machine_when_the_cloud_is_on_it()
    {
        string url = Local + ScriptedService.WorkspacePath + "/computes/c" + ScriptedService.Version;
        _service.On("GET " + url, 404);

        await _service.Client(OnLoopback, _credential).ComputeClusters.GetAsync("c");

        Assert.Equal("Bearer " + Token, _service.Last.Authorization);
        Assert.Equal(["https://management.azure.com/.default"], _credential.Scopes.Distinct());
    }

    [Theory]
    [InlineData("http://10.0.0.1/status")]
    [InlineData("http://localhost.evil.example/status")]
    [InlineData("https://management.azure.com/status")]
    public async Task With_the_cloud_on_this_machine_no_token_leaves_it(string url)
    {
        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(
            () => _service.Client(OnLoopback, _credential).Operations.GetStatusAsync(new OperationReference(url, OperationStyle.AzureAsyncOperation)));

        Assert.Equal("UntrustedHost", e.Failure.Code);
        Assert.Empty(_service.Requests);
    }

    [Fact]
    public async Task With_the_cloud_on_this_machine_tracking_and_discovery_are_followed_over_plain_http()
    {
        string mlflow = Local + "/mlflow/v1.0" + ScriptedService.WorkspacePath;
        _service.On("GET " + Local + ScriptedService.WorkspacePath + ScriptedService.Version, body: $$$"""
                {"location":"eastus","properties":{"discoveryUrl":"{{{Local}}}/discovery","mlFlowTrackingUri":"{{{mlflow.Replace("http:", "azureml:", StringComparison.Ordinal)}}}"}}
                """)
            .On($"GET {mlflow}/api/2.0/mlflow/experiments/get-by-name?experiment_name=e", 404)
            .On($"GET {mlflow}/api/2.0/mlflow/runs/get?run_id=j", 404);

        Assert.Empty(await _service.Client(OnLoopback).Metrics.GetAsync("j", "e", includeHistories: true));
    }

    [Fact]
    public void A_cloud_elsewhere_must_have_tls()
    {
        AzureMachineLearningCloud plain = AzureMachineLearningCloud.Public with { ArmEndpoint = new Uri("http://management.azure.com") };

        Assert.Throws<ArgumentException>(() => _service.Client(options => options.Cloud = plain));
        Assert.Throws<ArgumentException>(() => AzureMachineLearningCloud.Loopback(new Uri("http://10.0.0.1")));
    }

    [Theory]
    [InlineData("China", "https://management.chinacloudapi.cn", "https://chinaeast2.api.ml.azure.cn")]
    [InlineData("USGovernment", "https://management.usgovcloudapi.net", "https://usgovarizona.api.ml.azure.us")]
    public async Task Other_clouds_have_their_own_addresses_and_audience(string name, string arm, string registry)
    {
        AzureMachineLearningCloud cloud = name == "China" ? AzureMachineLearningCloud.China : AzureMachineLearningCloud.USGovernment;
        _service.On($"GET {arm}{ScriptedService.WorkspacePath}/computes/c{ScriptedService.Version}", 404)
            .On($"GET {registry}/registrymanagement/v1.0/registries/azureml/discovery", 404);
        AzureMachineLearningClient client = _service.Client(options => options.Cloud = cloud, _credential);

        await client.ComputeClusters.GetAsync("c");
        await Assert.ThrowsAsync<UpstreamException>(() => client.Registry.GetModelAsync(new ModelReference()));

        Assert.Equal([arm + "/.default"], _credential.Scopes.Distinct());
    }

    [Fact]
    public async Task The_log_shows_neither_token_nor_key_nor_body_even_when_bodies_are_asked_for()
    {
        _service.On("GET " + ScriptedService.Url("/onlineEndpoints/ep-1"), body: """{"properties":{"scoringUri":"https://ep-1.example/score?sig=secret-in-a-query"}}""")
            .On("POST " + ScriptedService.Url("/onlineEndpoints/ep-1/listKeys"), body: """{"primaryKey":"key-of-a-test"}""")
            .On("POST https://ep-1.example/score?sig=secret-in-a-query", 200, "\"secret-answer\"", ("azureml-model-deployment", "demo-in-a-header"));
        var lines = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using (new AzureEventSourceListener((_, message) => lines.Enqueue(message), System.Diagnostics.Tracing.EventLevel.LogAlways))
        {
            await _service.Client(options => options.Diagnostics.IsLoggingContentEnabled = true).OnlineEndpoints.ScoreAsync(
                "ep-1", null, [new ChatMessage("user", "secret-row")], new SmokeTestRequest());
        }

        string[] ours = [.. lines.Where(line => line.Contains("ep-1", StringComparison.Ordinal) || line.Contains("demo-in-a-header", StringComparison.Ordinal))];
        Assert.Contains(ours, line => line.Contains("/onlineEndpoints/ep-1/listKeys", StringComparison.Ordinal) && line.Contains("api-version=2024-04-01", StringComparison.Ordinal));
        Assert.Contains(ours, line => line.Contains("azureml-model-deployment:demo-in-a-header", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.DoesNotContain("secret-", line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.DoesNotContain("key-of-a-test", line, StringComparison.Ordinal));
        Assert.All(ours, line => Assert.DoesNotContain(Token, line, StringComparison.Ordinal));
    }

    private static void OnLoopback(AzureMachineLearningClientOptions options) => options.Cloud = AzureMachineLearningCloud.Loopback(new Uri(Local));
}
