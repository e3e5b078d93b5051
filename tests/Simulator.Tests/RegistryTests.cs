using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

public sealed class RegistryTests
{
    private const string Latest = "&$orderBy=createdtime%20desc&$top=1";

    [Fact]
    public async Task Latest_model_is_the_youngest_active_version()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer list = await simulator.Get(await Address(simulator, "models/Phi-4-mini-instruct/versions", Latest));
        Answer container = await simulator.Get(await Address(simulator, "models/Phi-4-mini-instruct"));

        JsonArray items = list.At("value")!.AsArray();
        Assert.Single(items);
        Assert.Equal("azureml://registries/azureml/models/Phi-4-mini-instruct/versions/5", items[0]!["id"]!.GetValue<string>());
        Assert.Equal("5", items[0]!["name"]!.GetValue<string>());
        Assert.StartsWith("['Standard_", list.TextAt("value.0.properties.tags.finetune_compute_allow_list"), StringComparison.Ordinal);
        Assert.Contains("'learning_rate_min': 5e-07", list.TextAt("value.0.properties.tags.model_specific_defaults"), StringComparison.Ordinal);
        Assert.Equal("5", container.TextAt("properties.latestVersion"));
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("&listViewType=ActiveOnly", 2)]
    [InlineData("&listViewType=ArchivedOnly", 1)]
    [InlineData("&listViewType=All", 3)]
    public async Task Version_list_shows_archived_ones_only_if_asked(string query, int count)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer list = await simulator.Get(await Address(simulator, "models/Phi-4-mini-instruct/versions", query));

        Assert.Equal(count, list.At("value")!.AsArray().Count);
    }

    [Fact]
    public async Task Archived_model_has_no_latest_version_but_can_be_read_by_version()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer list = await simulator.Get(await Address(simulator, "models/Phi-3-mini-4k-instruct/versions", Latest));
        Answer one = await simulator.Get(await Address(simulator, "models/Phi-3-mini-4k-instruct/versions/15"));

        Assert.Empty(list.At("value")!.AsArray());
        Assert.True(one.At("properties.isArchived")!.GetValue<bool>());
        Assert.Equal("2025-08-30", one.TextAt("properties.tags.FinetuneRetirementDate"));
    }

    [Fact]
    public async Task Component_declares_69_inputs_with_types_defaults_enumerations_and_minima()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer list = await simulator.Get(await Address(simulator, "components/chat_completion_pipeline/versions", Latest));

        JsonObject inputs = list.At("value.0.properties.componentSpec.inputs")!.AsObject();
        Assert.Equal("0.0.82", list.TextAt("value.0.name"));
        Assert.Equal(69, inputs.Count);
        Assert.Equal("task_name", inputs.Single(input => input.Value!["optional"]?.GetValue<bool>() != true).Key);
        Assert.Equal(1, inputs["num_train_epochs"]!["min"]!.GetValue<int>());
        Assert.Equal(["2", "3"], inputs["deepspeed_stage"]!["enum"]!.AsArray().Select(word => word!.GetValue<string>()));
        Assert.Equal(["pytorch_model_folder", "mlflow_model_folder"], list.At("value.0.properties.componentSpec.outputs")!.AsObject().Select(output => output.Key));
    }

    [Theory]
    [InlineData("models/No-such-model/versions", 404)]
    [InlineData("models/Phi-4-mini-instruct/versions/99", 404)]
    [InlineData("models/Phi-4-mini-instruct/versions?listViewType=Some", 400)]
    [InlineData("components/chat_completion_pipeline/versions?$orderBy=name", 400)]
    [InlineData("components/chat_completion_pipeline/versions?$top=many", 400)]
    public async Task Wrong_read_is_refused_in_the_data_planes_error_shape(string path, int status)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer answer = await simulator.Get(await Address(simulator, path));

        Assert.Equal(status, answer.Status);
        Assert.Equal("UserError", answer.TextAt("error.code"));
        Assert.NotNull(answer.At("correlation.request"));
    }

    [Fact]
    public async Task Another_registry_is_not_found()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Assert.Equal(404, (await simulator.Get("/registrymanagement/v1.0/registries/other/discovery")).Status);
    }

    private static async Task<string> Address(SimulatorFixture simulator, string path, string query = "")
    {
        Answer discovery = await simulator.Get("/registrymanagement/v1.0/registries/azureml/discovery");
        string separator = path.Contains('?', StringComparison.Ordinal) ? "&" : "?";
        return $"{discovery.TextAt("primaryRegionResourceProviderUri")}mferp/managementfrontend/subscriptions/{discovery.TextAt("subscriptionId")}"
            + $"/resourceGroups/{discovery.TextAt("resourceGroup")}/providers/Microsoft.MachineLearningServices/registries/azureml/{path}{separator}api-version=2021-10-01-dataplanepreview{query}";
    }
}
