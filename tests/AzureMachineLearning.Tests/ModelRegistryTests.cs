using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Tests;

public sealed class ModelRegistryTests
{
    private const string Discovery = "GET https://eastus.api.azureml.ms/registrymanagement/v1.0/registries/azureml/discovery";
    private const string Registry = "https://cert-eastus.experiments.azureml.net/mferp/managementfrontend/subscriptions/sub-r/resourceGroups/rg-r"
        + "/providers/Microsoft.MachineLearningServices/registries/azureml";
    private const string Latest = "?api-version=2021-10-01-dataplanepreview&$orderBy=createdtime%20desc&$top=1";

    private readonly ScriptedService _service = new ScriptedService().On(Discovery, body: """
        {"registryName":"azureml","subscriptionId":"sub-r","resourceGroup":"rg-r","primaryRegionResourceProviderUri":"https://cert-eastus.experiments.azureml.net/"}
        """);

    [Fact]
    public async Task A_model_by_latest_is_the_newest_version_of_the_discovered_registry()
    {
        _service.On($"GET {Registry}/models/Phi-4-mini-instruct/versions{Latest}", body: """
            {"value":[{"id":"azureml://registries/azureml/models/Phi-4-mini-instruct/versions/7","name":"7","properties":{
              "isArchived":false,"tags":{"model_specific_defaults":"{'lr': 5e-6}","textContextWindow":4096,"free":true,"none":null}}}]}
            """);

        RegistryModel model = await _service.Client().Registry.GetModelAsync(new ModelReference { Name = "Phi-4-mini-instruct" });

        Assert.Equal(("azureml://registries/azureml/models/Phi-4-mini-instruct/versions/7", "Phi-4-mini-instruct", "7", false), (model.Id, model.Name, model.Version, model.IsArchived));
        Assert.Equal(
            new Dictionary<string, string> { ["model_specific_defaults"] = "{'lr': 5e-6}", ["textContextWindow"] = "4096", ["free"] = "true" }, model.Tags);
        Assert.Null(model.SupportedFinetuneComputes);
        Assert.All(_service.Requests, request => Assert.Equal("Bearer token-of-a-test", request.Authorization));
    }

    [Fact]
    public async Task The_discovery_of_a_registry_is_asked_once()
    {
        _service.On($"GET {Registry}/models/m/versions/1?api-version=2021-10-01-dataplanepreview", body: """{"name":"1","properties":{}}""");
        IModelRegistry registry = _service.Client().Registry;

        await registry.GetModelAsync(new ModelReference { Name = "m", Version = "1" });
        await registry.GetModelAsync(new ModelReference { Name = "m", Version = "1" });

        Assert.Single(_service.Requests, request => request.Line == Discovery);
    }

    [Fact]
    public async Task A_model_without_an_active_version_names_the_archived_one()
    {
        _service.On($"GET {Registry}/models/Phi-3/versions{Latest}", body: """{"value":[]}""")
            .On($"GET {Registry}/models/Phi-3/versions{Latest}&listViewType=All", body: """{"value":[{"name":"15","properties":{"isArchived":true}}]}""");

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => _service.Client().Registry.GetModelAsync(new ModelReference { Name = "Phi-3" }));

        Assert.Equal((OutcomeKind.NotFound, "NoActiveVersion"), (e.Kind, e.Failure.Code));
        Assert.Contains("15", e.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("15", e.Failure.NextStep, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, """{"value":[]}""")]
    [InlineData(404, """{"error":{"code":"NotFound","message":"no such container"}}""")]
    public async Task A_model_that_never_was_is_not_found(int status, string body)
    {
        _service.On($"GET {Registry}/models/Nope/versions{Latest}", status, body).On($"GET {Registry}/models/Nope/versions{Latest}&listViewType=All", status, body);

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => _service.Client().Registry.GetModelAsync(new ModelReference { Name = "Nope" }));

        Assert.Equal((OutcomeKind.NotFound, "ResourceNotFound"), (e.Kind, e.Failure.Code));
        Assert.Equal("registries/azureml/models/Nope", e.Failure.Where);
    }

    [Fact]
    public async Task An_archived_version_named_explicitly_is_given()
    {
        _service.On($"GET {Registry}/models/Phi-3/versions/15?api-version=2021-10-01-dataplanepreview", body: """{"name":"15","properties":{"isArchived":true}}""");

        RegistryModel model = await _service.Client().Registry.GetModelAsync(new ModelReference { Name = "Phi-3", Version = "15" });

        Assert.True(model.IsArchived);
        Assert.Equal("azureml://registries/azureml/models/Phi-3/versions/15", model.Id);
    }

    [Fact]
    public async Task A_version_that_is_not_there_is_not_found()
    {
        _service.On($"GET {Registry}/components/c/versions/9?api-version=2021-10-01-dataplanepreview", 404, """{"error":{"code":"NotFound","message":"x"}}""");

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(
            () => _service.Client().Registry.GetComponentAsync(new ComponentReference { Name = "c", Version = "9" }));

        Assert.Equal(OutcomeKind.NotFound, e.Kind);
        Assert.Contains("'9'", e.Failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"properties":{"system_metadata":{"supportedComputes":{"finetuneComputes":["A","B"],"inferenceComputes":["C"]}}}}""")]
    [InlineData("""{"properties":{"systemMetadata":{"SupportedComputes":{"FinetuneComputes":["A","B"],"InferenceComputes":["C"]}}}}""")]
    [InlineData("""{"systemMetadata":{"supported_computes":{"finetune_computes":["A","B"],"inference_computes":["C"]}}}""")]
    [InlineData("""{"properties":{"supportedComputes":{"finetuning":["A","B"],"inferencing":[{"name":"C"}]}}}""")]
    [InlineData("""{"properties":{"properties":{"system_metadata":"{\"supportedComputes\":{\"finetuneComputes\":\"A, B\",\"inferenceComputes\":\"C\"}}"}}}""")]
    [InlineData("""{"properties":{"tags":{"supportedComputes":"{\"finetune\":[\"A\",\"B\"],\"inference\":[\"C\"]}"}}}""")]
    public async Task Supported_computes_are_found_in_every_spelling(string item)
    {
        _service.On($"GET {Registry}/models/m/versions{Latest}", body: $$"""{"value":[{{item}}]}""");

        RegistryModel model = await _service.Client().Registry.GetModelAsync(new ModelReference { Name = "m" });

        Assert.Equal(["A", "B"], model.SupportedFinetuneComputes);
        Assert.Equal(["C"], model.SupportedInferenceComputes);
    }

    [Fact]
    public async Task A_component_shows_its_inputs_whatever_the_spelling()
    {
        _service.On($"GET {Registry}/components/chat_completion_pipeline/versions{Latest}", body: """
            {"value":[{"id":"azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82","name":"0.0.82","properties":{"componentSpec":{
              "name":"chat_completion_pipeline","version":"0.0.82","type":"pipeline","inputs":{
                "precision":{"type":"string","optional":true,"default":"32","enum":["32",16]},
                "num_nodes":{"type":"Integer","optional":"True","default":1,"min":"1"},
                "learning_rate":{"type":"number","optional":true,"default":2e-05,"max":0.5},
                "trust":{"Type":"String","Optional":true,"Default":"false"},
                "model":{"type":"MLFlowModel","optional":true},
                "file":{"type":"uri_file","optional":false}}}}}]}
            """);

        RegistryComponent component = await _service.Client().Registry.GetComponentAsync(new ComponentReference());

        Assert.Equal(("azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82", "0.0.82"), (component.Id, component.Version));
        ComponentInput precision = component.Inputs["precision"];
        Assert.Equal(("string", true, "32"), (precision.Type, precision.Optional, precision.Default));
        Assert.Equal(["32", "16"], precision.Enum);
        Assert.Equal(new ComponentInput("integer") { Optional = true, Default = "1", Min = 1, Enum = [] }, component.Inputs["num_nodes"] with { Enum = [] });
        Assert.Equal(("2e-05", 0.5), (component.Inputs["learning_rate"].Default, component.Inputs["learning_rate"].Max));
        Assert.Equal(("string", "false"), (component.Inputs["trust"].Type, component.Inputs["trust"].Default));
        Assert.Equal("mlflow_model", component.Inputs["model"].Type);
        Assert.False(component.Inputs["file"].Optional);
    }

    [Fact]
    public async Task A_component_without_inputs_is_refused_since_nothing_could_be_checked_against_it()
    {
        _service.On($"GET {Registry}/components/chat_completion_pipeline/versions{Latest}", body: """{"value":[{"name":"1","properties":{}}]}""");

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => _service.Client().Registry.GetComponentAsync(new ComponentReference()));

        Assert.Equal("AnswerIncomplete", e.Failure.Code);
    }

    [Theory]
    [InlineData("../../subscriptions/x")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a?x=y")]
    [InlineData("a'b")]
    [InlineData("")]
    public async Task A_name_that_would_leave_its_path_segment_is_refused_before_anything_is_sent(string name)
    {
        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(
            () => _service.Client().Registry.GetModelAsync(new ModelReference { Registry = "azureml", Name = name, Version = "1" }));

        Assert.Equal((OutcomeKind.Invalid, "InvalidName"), (e.Kind, e.Failure.Code));
        Assert.DoesNotContain(_service.Requests, request => request.Line != Discovery);
    }

    [Fact]
    public async Task A_page_that_names_itself_as_the_next_one_ends_the_list()
    {
        string url = $"{Registry}/models/m/versions{Latest}";
        _service.On("GET " + url, body: $$"""{"value":[],"nextLink":"{{url}}"}""")
            .On($"GET {url}&listViewType=All", body: """{"value":[]}""");

        await Assert.ThrowsAsync<UpstreamException>(() => _service.Client().Registry.GetModelAsync(new ModelReference { Name = "m" }));

        Assert.Single(_service.Requests, request => request.Line == "GET " + url);
    }
}
