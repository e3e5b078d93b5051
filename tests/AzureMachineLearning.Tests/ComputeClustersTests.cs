using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Tests;

public sealed class ComputeClustersTests
{
    private static readonly string Url = ScriptedService.Url("/computes/gpu-cluster-big");

    private readonly ScriptedService _service = new ScriptedService().WithWorkspace();

    [Fact]
    public async Task A_cluster_is_read_in_the_words_of_the_service()
    {
        _service.On("GET " + Url, body: """
            {"id":"/x/computes/gpu-cluster-big","name":"gpu-cluster-big","properties":{"computeType":"AmlCompute","provisioningState":"Succeeded","provisioningErrors":null,
              "properties":{"vmSize":"STANDARD_NC24ADS_A100_V4","vmPriority":"LowPriority","scaleSettings":{"maxNodeCount":4,"minNodeCount":0},"errors":null}}}
            """);

        ComputeCluster? cluster = await _service.Client().ComputeClusters.GetAsync("gpu-cluster-big");

        Assert.Equal(new ComputeCluster("/x/computes/gpu-cluster-big", "gpu-cluster-big", "STANDARD_NC24ADS_A100_V4", "LowPriority", "Succeeded", 4), cluster);
    }

    [Theory]
    [InlineData("""{"computeType":"AmlCompute","provisioningState":"Failed","provisioningErrors":[{"error":{"code":"ClusterCoreQuotaReached","message":"Too few cores."}}],"properties":{}}""")]
    [InlineData("""{"computeType":"AmlCompute","provisioningState":"Failed","provisioningErrors":null,"properties":{"errors":[{"error":{"code":"ClusterCoreQuotaReached","message":"Too few cores."}}]}}""")]
    public async Task A_failed_cluster_says_why(string properties)
    {
        _service.On("GET " + Url, body: $$"""{"name":"gpu-cluster-big","properties":{{properties}}}""");

        ComputeCluster? cluster = await _service.Client().ComputeClusters.GetAsync("gpu-cluster-big");

        Assert.Equal(("Failed", "QuotaExceeded", "ClusterCoreQuotaReached", "Too few cores."),
            (cluster!.ProvisioningState, cluster.ProvisioningError!.Code, cluster.ProvisioningError.UpstreamCode, cluster.ProvisioningError.Message));
    }

    [Fact]
    public async Task A_cluster_that_is_not_there_is_null()
    {
        _service.On("GET " + Url, 404, """{"error":{"code":"ResourceNotFound","message":"not found"}}""");

        Assert.Null(await _service.Client().ComputeClusters.GetAsync("gpu-cluster-big"));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_cluster_that_may_not_be_seen_is_denied_and_not_taken_for_missing(int status)
    {
        _service.On("GET " + Url, status, """{"error":{"code":"AuthorizationFailed","message":"no"}}""");

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => _service.Client().ComputeClusters.GetAsync("gpu-cluster-big"));

        Assert.Equal(OutcomeKind.Denied, e.Kind);
    }

    [Theory]
    [InlineData(false, "Dedicated")]
    [InlineData(true, "LowPriority")]
    public async Task Creating_a_cluster_sends_the_contracts_body_and_gives_the_operation(bool lowPriority, string priority)
    {
        const string Operation = ScriptedService.Arm + "/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/westeurope/computeOperationsStatus/g?api-version=2024-04-01&service=new";
        _service.On("PUT " + Url, 201, headers: ("Azure-AsyncOperation", Operation));

        OperationReference? operation = await _service.Client().ComputeClusters.BeginCreateAsync(
            new ComputeRequest { Size = "Standard_ND40rs_v2", MaxNodes = 2, IdleTimeBeforeScaleDown = TimeSpan.FromMinutes(2) }, lowPriority);

        Assert.Equal(new OperationReference(Operation, OperationStyle.AzureAsyncOperation), operation);
        _service.Last.AssertBody($$$$"""
            {"location":"westeurope","properties":{"computeType":"AmlCompute","properties":{"osType":"Linux","vmSize":"Standard_ND40rs_v2","vmPriority":"{{{{priority}}}}",
              "scaleSettings":{"minNodeCount":0,"maxNodeCount":2,"nodeIdleTimeBeforeScaleDown":"PT2M"},"remoteLoginPortPublicAccess":"NotSpecified","enableNodePublicIp":true}}}
            """);
        Assert.StartsWith("application/json", _service.Last.Headers["Content-Type"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_that_was_created_at_once_gives_no_operation()
    {
        _service.On("PUT " + Url, 201, headers: ("Location", Url));

        Assert.Null(await _service.Client().ComputeClusters.BeginCreateAsync(new ComputeRequest(), lowPriority: false));
    }

    [Fact]
    public async Task The_workspace_is_read_once()
    {
        _service.On("PUT " + Url, 200);
        IComputeClusters clusters = _service.Client().ComputeClusters;

        await clusters.BeginCreateAsync(new ComputeRequest(), lowPriority: false);
        await clusters.BeginCreateAsync(new ComputeRequest(), lowPriority: false);

        Assert.Single(_service.Requests, request => request.Line == "GET " + ScriptedService.Url(""));
    }
}
