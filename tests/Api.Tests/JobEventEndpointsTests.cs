using System.Net;
using System.Text.Json;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using Moq;

namespace FineTune.Api.Tests;

public sealed class JobEventEndpointsTests : IAsyncLifetime
{
    private const string RunId = "run-0123456789abcdef";
    private readonly ApiHost _host = new();

    public Task InitializeAsync() => _host.InitializeAsync();

    public Task DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_handshake_is_answered_with_the_code()
    {
        (HttpResponseMessage response, JsonElement body) = await SendAsync("""
            [{"id":"1","topic":"/t","subject":"","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","eventTime":"2026-11-22T08:00:00Z","dataVersion":"2",
              "data":{"validationCode":"512d38b6","validationUrl":"https://rp-eastus.eventgrid.azure.net/x"}}]
            """);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("512d38b6", body.GetProperty("validationResponse").GetString());
    }

    [Fact]
    public async Task The_runs_of_jobs_that_changed_are_told_and_other_events_are_taken_without_effect()
    {
        _host.Engine.Setup(x => x.RaiseEventAsync(RunInstances.Watch(RunId), RunEvents.JobStateChanged, It.IsAny<Unit>(), It.IsAny<CancellationToken>())).ReturnsAsync(true);

        (HttpResponseMessage response, _) = await SendAsync($$$"""
            [{"eventType":"Microsoft.MachineLearningServices.RunStatusChanged","data":{"runId":"{{{ResourceNames.Job(RunId)}}}","runStatus":"Completed"}},
             {"eventType":"Microsoft.MachineLearningServices.RunStatusChanged","data":{"runId":"somebody-elses","runStatus":"Failed"}},
             {"eventType":"Microsoft.Storage.BlobCreated","data":{ } }, 7]
            """);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        _host.Engine.Verify(x => x.RaiseEventAsync(It.IsAny<string>(), It.IsAny<string>(), It.IsAny<Unit>(), It.IsAny<CancellationToken>()), Times.Once);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("hello")]
    [InlineData("")]
    public async Task What_is_no_array_of_events_is_refused(string json) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(json)).Response.StatusCode);

    [Fact]
    public async Task A_batch_may_be_larger_than_a_persons_request_but_not_without_limit()
    {
        string padding = new('x', 100_000);

        Assert.Equal(HttpStatusCode.OK, (await SendAsync($$"""[{"eventType":"{{padding}}"}]""")).Response.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await SendAsync($$"""[{"eventType":"{{new string('x', 1_100_000)}}"}]""")).Response.StatusCode);
    }

    private Task<(HttpResponseMessage Response, JsonElement Body)> SendAsync(string json) => _host.SendAsync(HttpMethod.Post, JobEventEndpoints.Path, json);
}
