using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Moq;

namespace FineTune.AzureMachineLearning.Tests;

public sealed class ClientTests
{
    [Fact]
    public async Task The_client_can_be_mocked()
    {
        var jobs = new Mock<IPipelineJobs>();
        jobs.Setup(j => j.GetAsync("j", It.IsAny<CancellationToken>())).ReturnsAsync(new JobSnapshot("j", "Running", JobState.Active));
        var client = new Mock<AzureMachineLearningClient>();
        client.SetupGet(c => c.Jobs).Returns(jobs.Object);

        Assert.Equal("Running", (await client.Object.Jobs.GetAsync("j")).Status);
    }

    [Fact]
    public async Task The_api_version_can_be_configured()
    {
        var service = new ScriptedService();
        service.On("GET " + ScriptedService.Url("/computes/c").Replace("2024-04-01", "2026-05-01", StringComparison.Ordinal), 404);

        Assert.Null(await service.Client(options => options.ApiVersion = "2026-05-01").ComputeClusters.GetAsync("c"));
    }

    [Theory]
    [InlineData("sub/../x", "rg", "ws")]
    [InlineData("sub", "", "ws")]
    [InlineData("sub", "rg", "..")]
    public void A_workspace_that_can_not_be_one_is_refused_at_once(string subscription, string resourceGroup, string workspace)
    {
        UpstreamException e = Assert.Throws<UpstreamException>(
            () => new AzureMachineLearningClient(new WorkspaceIdentifier(subscription, resourceGroup, workspace), new ConstantCredential("t")));

        Assert.Equal("InvalidName", e.Failure.Code);
    }

    [Fact]
    public async Task Every_request_carries_what_azure_asks_of_a_client()
    {
        var service = new ScriptedService();
        service.On("GET " + ScriptedService.Url("/computes/c"), 404);

        await service.Client().ComputeClusters.GetAsync("c");

        Assert.Equal("application/json", service.Last.Headers["Accept"]);
        Assert.True(Guid.TryParse(service.Last.Headers["x-ms-client-request-id"], out _));
        Assert.StartsWith("FineTuneFunctions,azsdk-net", service.Last.Headers["User-Agent"], StringComparison.Ordinal);
    }
}
