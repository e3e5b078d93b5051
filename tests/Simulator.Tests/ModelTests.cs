using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

public sealed class ModelTests
{
    private const string Version = "models/m/versions/1";

    [Fact]
    public async Task Output_of_a_completed_job_becomes_a_model()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();

        Answer put = await simulator.Put(simulator.Arm(Version), Bodies.Model());
        Answer get = await simulator.Get(simulator.Arm(Version));

        Assert.Equal(201, put.Status);
        Assert.EndsWith(Version + "?" + SimulatorFixture.Version, put.Header("Location"), StringComparison.Ordinal);
        Assert.Equal("azureml://jobs/job-1/outputs/trained_model", put.TextAt("properties.modelUri"));
        Assert.Equal("job-1", put.TextAt("properties.jobName"));
        Assert.NotNull(put.At("properties.flavors.python_function"));
        Assert.Equal("1", put.TextAt("name"));
        Assert.True(JsonNode.DeepEquals(put.Json, get.Json));
    }

    [Fact]
    public async Task Same_model_again_is_answered_but_other_content_is_refused()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();
        await simulator.RegisterAsync();
        JsonObject other = Bodies.Model();
        other["properties"]!["modelUri"] = "azureml://datastores/workspaceblobstore/paths/other";

        Answer again = await simulator.Put(simulator.Arm(Version), Bodies.Model());
        Answer different = await simulator.Put(simulator.Arm(Version), other);

        Assert.Equal(200, again.Status);
        Assert.Equal(400, different.Status);
        Assert.Contains("already exists", different.TextAt("error.message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("azureml://jobs/no-such-job/outputs/trained_model", "mlflow_model", "was not found")]
    [InlineData("azureml://jobs/job-1/outputs/other", "mlflow_model", "no output")]
    [InlineData("azureml://jobs/job-1/outputs/trained_model", "custom_model", "not a custom_model")]
    [InlineData("azureml://jobs/job-1/outputs/trained_model", "abacus", "abacus")]
    [InlineData("https://example.org/model", "mlflow_model", "neither")]
    public async Task Model_that_does_not_exist_is_refused(string uri, string type, string about)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();
        JsonObject model = Bodies.Model();
        model["properties"]!["modelUri"] = uri;
        model["properties"]!["modelType"] = type;

        Answer answer = await simulator.Put(simulator.Arm(Version), model);

        Assert.Equal(400, answer.Status);
        Assert.Contains(about, answer.TextAt("error.message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_that_still_runs_has_no_output_yet()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        simulator.Advance(TimeSpan.FromMinutes(20));

        Answer answer = await simulator.Put(simulator.Arm(Version), Bodies.Model());

        Assert.Equal(400, answer.Status);
        Assert.Contains("Running", answer.TextAt("error.message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Latest_version_is_the_youngest()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();
        foreach (string version in (string[])["9", "10", "2"])
        {
            await simulator.Put(simulator.Arm("models/m/versions/" + version), Bodies.Model());
            simulator.Advance(TimeSpan.FromSeconds(1));
        }

        Answer list = await simulator.Get(simulator.Arm("models/m/versions?$orderBy=createdtime desc&$top=1"));
        Answer container = await simulator.Get(simulator.Arm("models/m"));
        Answer all = await simulator.Get(simulator.Arm("models"));

        Assert.Equal("2", Assert.Single(list.At("value")!.AsArray())!["name"]!.GetValue<string>());
        Assert.Equal("2", container.TextAt("properties.latestVersion"));
        Assert.Single(all.At("value")!.AsArray());
        Assert.Equal(404, (await simulator.Get(simulator.Arm("models/other/versions"))).Status);
    }

    [Theory]
    [InlineData("""{"properties":{"dataUri":"azureml://datastores/a/paths/b"}}""")]
    [InlineData("""{"properties":{"dataType":"uri_file"}}""")]
    [InlineData("""{"properties":{"dataType":"scroll","dataUri":"azureml://datastores/a/paths/b"}}""")]
    public async Task Data_asset_without_type_or_address_is_refused(string body)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Assert.Equal(400, (await simulator.Put(simulator.Arm("data/rows/versions/1"), Bodies.Parse(body))).Status);
    }

    [Fact]
    public async Task Data_asset_is_kept_and_not_changed()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        const string asset = "data/rows/versions/1";
        await simulator.Put(simulator.Arm(asset), Bodies.Parse("""{"properties":{"dataType":"uri_file","dataUri":"azureml://datastores/a/paths/b"}}"""));

        Answer changed = await simulator.Put(simulator.Arm(asset), Bodies.Parse("""{"properties":{"dataType":"uri_file","dataUri":"azureml://datastores/a/paths/c"}}"""));
        Answer kept = await simulator.Get(simulator.Arm(asset));

        Assert.Equal(400, changed.Status);
        Assert.Equal("azureml://datastores/a/paths/b", kept.TextAt("properties.dataUri"));
        Assert.Equal("uri_file", kept.TextAt("properties.dataType"));
    }
}
