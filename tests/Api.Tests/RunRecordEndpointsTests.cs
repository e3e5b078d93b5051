using System.Net;
using System.Text;
using System.Text.Json;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Moq;

namespace FineTune.Api.Tests;

public sealed class RunRecordEndpointsTests : IAsyncLifetime
{
    private readonly ApiHost _api = new();

    public Task InitializeAsync() => _api.InitializeAsync();

    public Task DisposeAsync() => _api.DisposeAsync();

    [Theory]
    [InlineData("report.html", "text/html")]
    [InlineData("report.json", "application/json")]
    [InlineData("dataset-report.json", "application/json")]
    [InlineData("metrics.json", "application/json")]
    [InlineData("smoke-test.json", "application/json")]
    public async Task A_record_is_streamed_under_our_own_type_and_may_run_nothing(string name, string mediaType)
    {
        await using var record = new RunRecord(new MemoryStream(Encoding.UTF8.GetBytes("content")), "text/x-claimed");
        _api.Records.Setup(x => x.OpenAsync("run-1", name, It.IsAny<CancellationToken>())).ReturnsAsync(record);

        using HttpResponseMessage response = await _api.Http.GetAsync(new Uri($"/api/runs/run-1/records/{name}", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("content", await response.Content.ReadAsStringAsync());
        Assert.Equal(mediaType, response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        string csp = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'", csp, StringComparison.Ordinal);
        Assert.DoesNotContain("script", csp, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/runs/run-1/records/request.json")]
    [InlineData("/api/runs/run-1/records/smoke-rows.jsonl")]
    [InlineData("/api/runs/run-1/records/..%2Freport.json")]
    [InlineData("/api/runs/run-1/records/report.json%00")]
    [InlineData("/api/runs/..%2Frun-1/records/report.json")]
    [InlineData("/api/runs/run.1/records/report.json")]
    public async Task Nothing_but_named_records_of_run_ids_is_ever_opened(string path)
    {
        using HttpResponseMessage response = await _api.Http.GetAsync(new Uri(path, UriKind.Relative));

        Assert.True(response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, response.StatusCode.ToString());
        _api.Records.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task A_record_that_is_not_written_yet_is_not_found()
    {
        _api.Records.Setup(x => x.OpenAsync("run-1", "report.html", It.IsAny<CancellationToken>())).ReturnsAsync((RunRecord?)null);

        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Get, "/api/runs/run-1/records/report.html");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("RecordNotFound", body.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(OutcomeKind.Transient, HttpStatusCode.ServiceUnavailable)]
    [InlineData(OutcomeKind.Denied, HttpStatusCode.BadGateway)]
    public async Task Storage_that_fails_becomes_a_problem_with_the_next_step(OutcomeKind kind, HttpStatusCode expected)
    {
        _api.Records.Setup(x => x.OpenAsync("run-1", "report.html", It.IsAny<CancellationToken>()))
            .ThrowsAsync(new UpstreamException(kind, new Failure("StorageDenied", "Access denied.") { NextStep = "Grant the role." }));

        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Get, "/api/runs/run-1/records/report.html");

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("StorageDenied", body.GetProperty("code").GetString());
        Assert.Equal("Grant the role.", body.GetProperty("nextStep").GetString());
    }
}
