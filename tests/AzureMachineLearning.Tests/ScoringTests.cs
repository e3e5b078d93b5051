using System.Net;
using System.Text;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Moq;

namespace FineTune.AzureMachineLearning.Tests;

public sealed class ScoringTests
{
    private const string Score = "POST https://ep-1.westeurope.inference.ml.azure.com/score";

    private readonly ScriptedService _service = new ScriptedService()
        .On("GET " + ScriptedService.Url("/onlineEndpoints/ep-1"), body: """{"properties":{"scoringUri":"https://ep-1.westeurope.inference.ml.azure.com/score"}}""")
        .On("POST " + ScriptedService.Url("/onlineEndpoints/ep-1/listKeys"), body: """{"primaryKey":"key-of-a-test","secondaryKey":"other"}""");

    [Fact]
    public async Task The_request_is_the_notebooks_with_the_endpoints_key_and_the_deployment_pinned()
    {
        _service.On(Score, 200, """{"output":" hello "}""", ("azureml-model-deployment", "demo"));
        var clock = new Mock<TimeProvider> { CallBase = true };
        clock.SetupGet(c => c.TimestampFrequency).Returns(1_000);
        clock.SetupSequence(c => c.GetTimestamp()).Returns(5_000).Returns(5_250);

        ScoringAnswer answer = await Ask("demo", options => options.TimeProvider = clock.Object);

        Assert.Equal(new ScoringAnswer("hello", """{"output":" hello "}""", "demo", TimeSpan.FromMilliseconds(250)), answer);
        Assert.Equal("Bearer key-of-a-test", _service.Last.Authorization);
        Assert.Equal("demo", _service.Last.Headers["azureml-model-deployment"]);
        _service.Last.AssertBody("""
            {"input_data":{"input_string":[[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}]],
              "parameters":{"temperature":0.6,"top_p":0.9,"do_sample":true,"max_new_tokens":200}},"params":{}}
            """);
    }

    [Fact]
    public async Task Without_a_deployment_the_traffic_rules_decide()
    {
        _service.On(Score, body: "\"hello\"");

        ScoringAnswer answer = await Ask(null);

        Assert.Null(answer.Deployment);
        Assert.DoesNotContain("azureml-model-deployment", _service.Last.Headers.Keys);
    }

    [Theory]
    [InlineData("\"hello\"", "hello")]
    [InlineData("""{"output":"hello"}""", "hello")]
    [InlineData("""{"Output":"hello"}""", "hello")]
    [InlineData("""["hello"]""", "hello")]
    [InlineData("""[{"output":"hello"}]""", "hello")]
    [InlineData("""[{"0":"hello"}]""", "hello")]
    [InlineData("""{"output":["hello"]}""", "hello")]
    [InlineData("""[[{"role":"user","content":"Hi"},{"role":"assistant","content":"hello"}]]""", "hello")]
    [InlineData("""[{"role":"assistant","content":"first"},{"role":"user","content":"Hi"},{"role":"assistant","content":"hello"}]""", "hello")]
    [InlineData("""{"output":[{"role":"user","content":"Hi"},{"role":"Assistant","content":"hello"}]}""", "hello")]
    [InlineData("""[{"generated_text":"hello"}]""", "hello")]
    [InlineData("""{"choices":[{"index":0,"message":{"role":"assistant","content":"hello"}}]}""", "hello")]
    [InlineData("hello, not JSON", "hello, not JSON")]
    [InlineData("""{"output":""}""", "")]
    [InlineData("""[{"role":"user","content":"Hi"}]""", "")]
    [InlineData("""{"unknown":"shape"}""", "")]
    [InlineData("[]", "")]
    [InlineData("42", "")]
    [InlineData("null", "")]
    [InlineData("", "")]
    public async Task The_answer_is_found_in_every_known_shape(string body, string text)
    {
        _service.On(Score, body: body);

        ScoringAnswer answer = await Ask("demo");

        Assert.Equal((text, body), (answer.Text, answer.Raw));
    }

    [Fact]
    public async Task Nesting_without_end_gives_no_answer_and_no_harm()
    {
        _service.On(Score, body: new string('[', 60) + new string(']', 60));

        Assert.Equal("", (await Ask("demo")).Text);
    }

    [Fact]
    public async Task The_raw_body_is_cut_at_8_KB_between_characters()
    {
        string text = "x" + string.Concat(Enumerable.Repeat("ü", 10_000));
        _service.On(Score, body: $"\"{text}\"");

        ScoringAnswer answer = await Ask("demo");

        Assert.Equal(text, answer.Text);
        Assert.Equal(8 * 1024, Encoding.UTF8.GetByteCount(answer.Raw));
        Assert.DoesNotContain('\uFFFD', answer.Raw);
    }

    [Fact]
    public async Task A_container_that_never_stops_talking_is_not_listened_to()
    {
        _service.OnCall(Score, () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(new string('x', (1 << 20) + 1)) });

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => Ask("demo"));

        Assert.Equal("AnswerTooLong", e.Failure.Code);
    }

    [Theory]
    [InlineData(400, null)]
    [InlineData(424, "500")]
    public async Task A_model_that_refuses_the_nested_form_is_asked_in_the_flat_one(int status, string? modelStatus)
    {
        _service.On(Score, status, """{"error":"bad input"}""", modelStatus is null ? [] : [("ms-azureml-model-error-statuscode", modelStatus)]).On(Score, body: "\"hello\"");

        Assert.Equal("hello", (await Ask("demo")).Text);

        _service.Last.AssertBody("""
            {"input_data":{"input_string":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],
              "parameters":{"temperature":0.6,"top_p":0.9,"do_sample":true,"max_new_tokens":200}},"params":{}}
            """);
    }

    [Fact]
    public async Task A_model_that_refuses_both_forms_is_quoted_on_the_first()
    {
        _service.On(Score, 424, """{"message":"CUDA out of memory"}""", ("ms-azureml-model-error-statuscode", "500"), ("ms-azureml-model-error-reason", "model_error"), ("x-request-id", "q-1"))
            .On(Score, 400, """{"message":"second"}""");

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => Ask("demo"));

        Assert.Equal((OutcomeKind.Failed, "ModelError500", "q-1"), (e.Kind, e.Failure.UpstreamCode, e.Failure.RequestId));
        Assert.Equal("The model answered 500 model_error: CUDA out of memory", e.Failure.Message);
    }

    [Theory]
    [InlineData(424, "503", OutcomeKind.Transient)]
    [InlineData(429, null, OutcomeKind.Transient)]
    [InlineData(408, null, OutcomeKind.Transient)]
    [InlineData(500, null, OutcomeKind.Transient)]
    [InlineData(401, null, OutcomeKind.Denied)]
    [InlineData(404, null, OutcomeKind.NotFound)]
    public async Task A_refusal_that_has_nothing_to_do_with_the_form_is_not_asked_twice(int status, string? modelStatus, OutcomeKind kind)
    {
        _service.On(Score, status, "no", modelStatus is null ? [] : [("ms-azureml-model-error-statuscode", modelStatus)]);

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => Ask("demo", options => options.Retry.MaxRetries = 0));

        Assert.Equal(kind, e.Kind);
        Assert.Single(_service.Requests, request => request.Line == Score);
    }

    [Fact]
    public async Task An_endpoint_without_an_address_is_not_ready()
    {
        ScriptedService service = new ScriptedService().On("GET " + ScriptedService.Url("/onlineEndpoints/ep-1"), body: """{"properties":{"scoringUri":null}}""");

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(
            () => service.Client().OnlineEndpoints.ScoreAsync("ep-1", null, [], new SmokeTestRequest()));

        Assert.Equal((OutcomeKind.Transient, "EndpointNotReady"), (e.Kind, e.Failure.Code));
    }

    private Task<ScoringAnswer> Ask(string? deployment, Action<AzureMachineLearningClientOptions>? configure = null) => _service.Client(configure).OnlineEndpoints.ScoreAsync(
        "ep-1", deployment, [new ChatMessage("system", "Be brief."), new ChatMessage("user", "Hi")], new SmokeTestRequest());
}
