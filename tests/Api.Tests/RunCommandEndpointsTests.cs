using System.Net;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using Moq;

namespace FineTune.Api.Tests;

public sealed class RunCommandEndpointsTests : IAsyncLifetime
{
    private readonly ApiHost _api = new();

    public Task InitializeAsync() => _api.InitializeAsync();

    public Task DisposeAsync() => _api.DisposeAsync();

    [Theory]
    [InlineData("cancel", """{"reason":"wrong data"}""", RunState.Training, RunEvents.Cancel, """{"reason":"wrong data"}""")]
    [InlineData("cancel", null, RunState.Training, RunEvents.Cancel, "{}")]
    [InlineData("approve", """{"approved":false,"comment":"loss too high"}""", RunState.AwaitingApproval, RunEvents.Approval, """{"approved":false,"comment":"loss too high"}""")]
    [InlineData("extend", """{"duration":"PT2H"}""", RunState.Serving, RunEvents.Extend, """{"duration":"PT2H"}""")]
    [InlineData("keep", "{}", RunState.Serving, RunEvents.Keep, "{}")]
    [InlineData("teardown", null, RunState.Serving, RunEvents.TearDown, "{}")]
    public async Task An_order_is_accepted_and_handed_to_the_run(string order, string? json, RunState state, string eventName, string payload)
    {
        string? raised = null;
        _api.HasRun("run-1", state);
        _api.Engine.Setup(x => x.RaiseEventAsync("run-1", eventName, It.IsAny<It.IsAnyType>(), It.IsAny<CancellationToken>()))
            .Returns(new InvocationFunc(call =>
            {
                raised = JsonSerializer.Serialize(call.Arguments[2], DurableJson.Options);
                return Task.FromResult(true);
            }));

        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Post, $"/api/runs/run-1/{order}", json);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("/api/runs/run-1", response.Headers.Location!.OriginalString);
        Assert.Equal("run-1", body.GetProperty("runId").GetString());
        Assert.Equal(payload, raised);
    }

    [Theory]
    [InlineData("cancel", null, RunState.Completed, "RunEnded")]
    [InlineData("approve", """{"approved":true}""", RunState.Training, "NotInThatState")]
    [InlineData("extend", """{"duration":"PT2H"}""", RunState.Deploying, "NotInThatState")]
    [InlineData("keep", null, RunState.Canceled, "RunEnded")]
    [InlineData("teardown", null, RunState.Training, "NotInThatState")]
    public async Task An_order_at_the_wrong_time_is_a_conflict_that_names_the_state(string order, string? json, RunState state, string code)
    {
        _api.HasRun("run-1", state, code == "RunEnded" ? OrchestrationRuntimeStatus.Completed : OrchestrationRuntimeStatus.Running);

        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Post, $"/api/runs/run-1/{order}", json);

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal(code, body.GetProperty("code").GetString());
        Assert.Contains(state.ToString(), body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cancel", null)]
    [InlineData("approve", """{"approved":true}""")]
    [InlineData("extend", """{"duration":"PT2H"}""")]
    [InlineData("keep", null)]
    [InlineData("teardown", null)]
    public async Task An_order_to_an_unknown_run_is_not_found(string order, string? json)
    {
        _api.HasNoRun("run-1");

        (HttpResponseMessage response, _) = await _api.SendAsync(HttpMethod.Post, $"/api/runs/run-1/{order}", json);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("approve", null, "$.approved")]
    [InlineData("approve", """{"approved":"yes"}""", "$.approved")]
    [InlineData("approve", """{"approve":true}""", "$.approve")]
    [InlineData("extend", null, "$.duration")]
    [InlineData("extend", """{"duration":"2 hours"}""", "$.duration")]
    [InlineData("extend", """{"duration":"PT1S"}""", "$.duration")]
    [InlineData("extend", """{"duration":"P31D"}""", "$.duration")]
    [InlineData("cancel", """{"reason":"two\nlines"}""", "$.reason")]
    [InlineData("cancel", """{"because":"x"}""", "$.because")]
    public async Task An_order_that_is_not_understood_is_refused_at_its_field(string order, string? json, string path)
    {
        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Post, $"/api/runs/run-1/{order}", json);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(path, Assert.Single(body.GetProperty("errors").EnumerateArray()).GetProperty("path").GetString());
    }

    [Theory]
    [InlineData("approve", """{"approved":"yes"}""", "$.approved", "Must be true or false.")]
    [InlineData("approve", """{"approved":true,"comment":5}""", "$.comment", "Must be a string.")]
    [InlineData("approve", """{"approve":true}""", "$.approve", "Is no field. There are: approved, comment.")]
    [InlineData("approve", """{"approved":false,"approved":true}""", "$.approved", "Is given twice.")]
    [InlineData("cancel", "[]", "$", "Must be an object.")]
    [InlineData("cancel", "{", "$", "Is not JSON: ")]
    [InlineData("extend", """{"duration":5}""", "$.duration", "Must be a string.")]
    public async Task What_is_wrong_with_an_order_is_told_in_words_of_JSON(string order, string json, string path, string message)
    {
        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(HttpMethod.Post, $"/api/runs/run-1/{order}", json);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        JsonElement error = Assert.Single(body.GetProperty("errors").EnumerateArray());
        Assert.Equal(path, error.GetProperty("path").GetString());
        Assert.StartsWith(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/api/nothing", HttpStatusCode.NotFound, "NoSuchAddress")]
    [InlineData("GET", "/", HttpStatusCode.NotFound, "NoSuchAddress")]
    [InlineData("PUT", "/api/runs", HttpStatusCode.MethodNotAllowed, "MethodNotAllowed")]
    [InlineData("DELETE", "/api/runs/run-1", HttpStatusCode.MethodNotAllowed, "MethodNotAllowed")]
    public async Task A_call_that_goes_nowhere_is_told_where_to_go(string method, string path, HttpStatusCode status, string code)
    {
        (HttpResponseMessage response, JsonElement body) = await _api.SendAsync(new HttpMethod(method), path);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, body.GetProperty("code").GetString());
        Assert.NotEmpty(body.GetProperty("nextStep").GetString()!);
        Assert.Equal(status == HttpStatusCode.MethodNotAllowed, response.Content.Headers.Allow.Count > 0);
    }
}
