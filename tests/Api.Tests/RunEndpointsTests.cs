using System.Net;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Orchestrations;
using FineTune.Workflow.Rules;
using Moq;

namespace FineTune.Api.Tests;

public sealed class RunEndpointsTests : IAsyncLifetime
{
    private const string Request = """{"dataset":{"path":"shared/chat.jsonl"}}""";
    private readonly ApiHost _api = new();

    public Task InitializeAsync() => _api.InitializeAsync();

    public Task DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_valid_request_is_accepted_with_where_and_when_to_ask()
    {
        RunInput? input = null;
        Starts(input: seen => input = seen);

        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Post, "/api/runs", Request);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        string runId = body.GetProperty("runId").GetString()!;
        Assert.Equal($"/api/runs/{runId}", response.Headers.Location!.OriginalString);
        Assert.Equal($"/api/runs/{runId}", body.GetProperty("statusQueryGetUri").GetString());
        Assert.Equal(TimeSpan.FromSeconds(2), response.Headers.RetryAfter!.Delta);
        Assert.Equal("shared/chat.jsonl", input!.Request.Dataset.Path);
        Assert.Equal(ApiHost.Defaults.TimeToLive, input.Request.TimeToLive);
    }

    [Fact]
    public async Task The_same_idempotency_key_names_the_same_run()
    {
        var ids = new List<string>();
        Starts(runId: ids.Add);

        await _api.SendAsync(HttpMethod.Post, "/api/runs", Request, idempotencyKey: "order 7");
        await _api.SendAsync(HttpMethod.Post, "/api/runs", Request, idempotencyKey: "order 7");
        await _api.SendAsync(HttpMethod.Post, "/api/runs", Request, idempotencyKey: "order 8");

        Assert.Equal([RunIds.ForKey("order 7"), RunIds.ForKey("order 7"), RunIds.ForKey("order 8")], ids);
    }

    [Theory]
    [InlineData(Request, HttpStatusCode.Accepted)]
    [InlineData("""{"dataset":{"path":"another.jsonl"}}""", HttpStatusCode.Conflict)]
    public async Task A_key_that_is_taken_is_met_again_for_the_same_request_only(string first, HttpStatusCode expected)
    {
        Starts(created: false);
        RunRequest taken = RunRequestReader.Read(System.Text.Encoding.UTF8.GetBytes(first), ApiHost.Defaults).Request!;
        _api.Engine.Setup(x => x.GetInstanceAsync(RunIds.ForKey("k"), true, It.IsAny<CancellationToken>())).ReturnsAsync(
            ApiHost.Instance(RunIds.ForKey("k"), RunState.Planning) with
            {
                Input = JsonSerializer.SerializeToElement(new RunInput { Request = taken }, DurableJson.Options),
            });

        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Post, "/api/runs", Request, idempotencyKey: "k");

        Assert.Equal(expected, response.StatusCode);
        Assert.Contains(RunIds.ForKey("k"), body.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_invalid_field_is_listed_at_once_with_its_place()
    {
        const string Wrong = """
            {
              "dataset": { "splitPercent": 500 },
              "deployment": { "instanceCount": "two" },
              "colour": 1
            }
            """;

        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Post, "/api/runs", Wrong, idempotencyKey: new string('k', 256));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("RequestInvalid", body.GetProperty("code").GetString());
        Assert.Equal(400, body.GetProperty("status").GetInt32());
        string[] paths = [.. body.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("path").GetString()!)];
        Assert.Equal(["Idempotency-Key", "$.dataset.splitPercent", "$.deployment.instanceCount", "$.colour", "$.dataset.path"], paths);
        Assert.Equal(2, body.GetProperty("errors")[1].GetProperty("line").GetInt32());
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    [InlineData("null", HttpStatusCode.BadRequest)]
    public async Task A_body_that_is_no_request_is_refused(string json, HttpStatusCode expected)
    {
        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Post, "/api/runs", json);

        Assert.Equal(expected, response.StatusCode);
        Assert.NotEqual(0, body.GetProperty("errors").GetArrayLength());
    }

    [Fact]
    public async Task Another_media_type_is_refused_so_that_no_foreign_page_can_start_a_run()
    {
        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Post, "/api/runs", Request, "text/plain");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("NotJson", body.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_above_32_KB_is_refused_whether_or_not_it_says_its_length(bool knownLength)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(Request + new string(' ', 32 * 1024));
        using HttpContent content = knownLength ? new ByteArrayContent(bytes) : new ChunkedContent(bytes);
        content.Headers.ContentType = new("application/json");

        using HttpResponseMessage response = await _api.Http.PostAsync(new Uri("/api/runs", UriKind.Relative), content);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Without_storage_a_run_cannot_be_started_but_can_be_shown()
    {
        _api.Parts = [new(HostParts.Engine, Ready: true), new(HostParts.Storage, Ready: false, "Azurite is starting")];
        _api.HasRun("run-1", RunState.Serving);

        (HttpResponseMessage refused, JsonElement problem) = await _api.SendAsync(HttpMethod.Post, "/api/runs", Request);
        (HttpResponseMessage shown, _) = await _api.SendAsync(HttpMethod.Get, "/api/runs/run-1");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter?.Delta);
        Assert.Contains("Azurite is starting", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
    }

    [Fact]
    public async Task A_run_is_shown_in_the_words_of_its_history()
    {
        _api.HasRun("run-1", RunState.Serving);

        (_, JsonElement body) = await _api.SendAsync(HttpMethod.Get, "/api/runs/run-1");

        JsonElement history = JsonSerializer.SerializeToElement(ApiHost.Status("run-1", RunState.Serving), DurableJson.Options);
        Assert.True(JsonElement.DeepEquals(history, body), body.ToString());
    }

    [Fact]
    public async Task An_unknown_run_is_not_found()
    {
        _api.HasNoRun("run-1");

        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Get, "/api/runs/run-1");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("RunNotFound", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_list_is_filtered_and_bounded_by_its_query()
    {
        _api.Engine.Setup(x => x.GetAllInstancesAsync(It.IsAny<OrchestrationQuery>(), It.IsAny<CancellationToken>())).Returns(() =>
            AsyncEnumerable.ToAsyncEnumerable(
            [
                ApiHost.Instance("d", RunState.Serving),
                ApiHost.Instance("c", RunState.Training),
                ApiHost.Instance("b", RunState.Planning),
                ApiHost.Instance("a", RunState.Serving),
            ]));

        (_, JsonElement body) = await _api.SendAsync(HttpMethod.Get, "/api/runs?state=serving&state=Planning&limit=2");

        Assert.Equal(["d", "b"], body.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("runId").GetString()));
    }

    [Fact]
    public async Task A_list_with_a_wrong_query_names_all_that_is_wrong()
    {
        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Get, "/api/runs?state=Lost&state=3&limit=1000");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(["state", "state", "limit"], body.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("path").GetString()));
    }

    private void Starts(Action<RunInput>? input = null, Action<string>? runId = null, bool created = true) => _api.Engine
        .Setup(x => x.ScheduleNewOrchestrationInstanceAsync(FineTuneRun.Name, It.IsAny<RunInput>(), It.IsAny<string>(), It.IsAny<CancellationToken>()))
        .Callback((OrchestrationName<RunInput, RunResult> _, RunInput seen, string id, CancellationToken _) =>
        {
            input?.Invoke(seen);
            runId?.Invoke(id);
        })
        .ReturnsAsync(created);

    private sealed class ChunkedContent(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
