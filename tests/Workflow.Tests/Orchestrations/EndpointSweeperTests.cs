using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Moq;

namespace FineTune.Workflow.Tests.Orchestrations;

public sealed class EndpointSweeperTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("run-1", "2026-03-02T07:44:00Z", "Succeeded", true)]
    [InlineData("run-1", "2026-03-02T07:46:00Z", "Succeeded", false)]
    [InlineData("run-1", "2026-03-03T00:00:00Z", "Succeeded", false)]
    [InlineData("run-1", "2026-03-01T00:00:00+02:00", "Failed", true)]
    [InlineData("run-1", "2026-03-01T00:00:00Z", "Deleting", false)]
    [InlineData("run-1", "never", "Succeeded", false)]
    [InlineData("run-1", null, "Succeeded", false)]
    [InlineData(null, "2026-03-01T00:00:00Z", "Succeeded", false)]
    public async Task Only_our_own_expired_endpoints_are_deleted(string? run, string? expiresAt, string state, bool deleted)
    {
        var endpoints = new Mock<IOnlineEndpoints>();
        endpoints.Setup(port => port.ListAsync(It.IsAny<CancellationToken>())).Returns(AsyncItems(Endpoint("e", run, expiresAt, state)));

        SweepResult result = await new EndpointSweeper(endpoints.Object, Clock()).SweepAsync();

        Assert.Equal(deleted ? ["e"] : [], result.Deleted);
        endpoints.Verify(port => port.BeginDeleteAsync("e", It.IsAny<CancellationToken>()), deleted ? Times.Once() : Times.Never());
    }

    [Fact]
    public async Task One_refused_deletion_does_not_keep_the_others()
    {
        var endpoints = new Mock<IOnlineEndpoints>();
        endpoints.Setup(port => port.ListAsync(It.IsAny<CancellationToken>())).Returns(AsyncItems(
            Endpoint("first", "run-1", "2026-03-01T00:00:00Z", "Succeeded"), Endpoint("second", "run-2", "2026-03-01T00:00:00Z", "Succeeded")));
        endpoints.Setup(port => port.BeginDeleteAsync("first", It.IsAny<CancellationToken>()))
            .ThrowsAsync(new UpstreamException(OutcomeKind.Conflict, new Failure("Conflict", "Busy.")));

        SweepResult result = await new EndpointSweeper(endpoints.Object, Clock()).SweepAsync();

        Assert.Equal(["second"], result.Deleted);
        Assert.Equal("Conflict", result.Failed["first"].Code);
    }

    private static TimeProvider Clock()
    {
        var time = new Mock<TimeProvider>();
        time.Setup(clock => clock.GetUtcNow()).Returns(Now);
        return time.Object;
    }

    private static OnlineEndpoint Endpoint(string name, string? run, string? expiresAt, string state)
    {
        var tags = new Dictionary<string, string>();
        if (run is not null)
        {
            tags[EndpointTags.Run] = run;
        }

        if (expiresAt is not null)
        {
            tags[EndpointTags.ExpiresAt] = expiresAt;
        }

        return new OnlineEndpoint(name, state, null, tags, new Dictionary<string, int>());
    }

    private static async IAsyncEnumerable<OnlineEndpoint> AsyncItems(params OnlineEndpoint[] items)
    {
        await Task.CompletedTask;
        foreach (OnlineEndpoint item in items)
        {
            yield return item;
        }
    }
}
