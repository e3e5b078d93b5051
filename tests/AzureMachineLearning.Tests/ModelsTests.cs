using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Tests;

public sealed class ModelsTests
{
    private const string Uri = "azureml://jobs/ft-1/outputs/trained_model";

    private static readonly string Url = ScriptedService.Url("/models/phi-tuned/versions/1772445600");
    private static readonly ModelRegistration Registration =
        new("phi-tuned", "1772445600", Uri, "Tuned \"by\" us — für alle", new Dictionary<string, string> { ["run"] = "r-1" });

    private readonly ScriptedService _service = new();

    [Fact]
    public async Task A_registration_sends_the_jobs_output_verbatim_and_gives_the_arm_id()
    {
        _service.On("PUT " + Url, 201, """{"id":"/x/models/phi-tuned/versions/1772445600","name":"1772445600"}""");

        RegisteredModel model = await _service.Client().Models.RegisterAsync(Registration);

        Assert.Equal(new RegisteredModel("/x/models/phi-tuned/versions/1772445600", "phi-tuned", "1772445600"), model);
        _service.Last.AssertBody("""
            {"properties":{"description":"Tuned \"by\" us — für alle","modelType":"mlflow_model","modelUri":"azureml://jobs/ft-1/outputs/trained_model",
              "isAnonymous":false,"isArchived":false,"tags":{"run":"r-1"},"properties":{}}}
            """);
    }

    [Theory]
    [InlineData("""{"modelUri":"azureml://jobs/ft-1/outputs/trained_model"}""")]
    [InlineData("""{"modelUri":"azureml://subscriptions/s/datastores/d/paths/x","jobName":"ft-1"}""")]
    public async Task A_version_that_holds_this_very_content_counts_as_registered(string properties)
    {
        _service.On("PUT " + Url, 409, """{"error":{"code":"Conflict","message":"A model with this name and version already exists with different content."}}""")
            .On("GET " + Url, body: $$"""{"id":"/x/m","properties":{{properties}}}""");

        Assert.Equal("/x/m", (await _service.Client().Models.RegisterAsync(Registration)).Id);
    }

    [Theory]
    [InlineData("""{"modelUri":"azureml://jobs/ft-2/outputs/trained_model"}""")]
    [InlineData("""{"modelUri":"azureml://x","jobName":"ft"}""")]
    public async Task A_version_that_holds_other_content_is_a_conflict(string properties)
    {
        _service.On("PUT " + Url, 409, """{"error":{"code":"Conflict","message":"exists"}}""").On("GET " + Url, body: $$"""{"id":"/x/m","properties":{{properties}}}""");

        Assert.Equal(OutcomeKind.Conflict, (await Assert.ThrowsAsync<UpstreamException>(() => _service.Client().Models.RegisterAsync(Registration))).Kind);
    }
}
