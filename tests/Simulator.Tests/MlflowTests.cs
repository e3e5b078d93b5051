using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

public sealed class MlflowTests
{
    [Fact]
    public async Task Loss_falls_and_the_curve_can_be_read()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();
        string run = await JobTests.TrainingRunAsync(simulator);

        double[] loss = await HistoryAsync(simulator, run, "loss");
        double[] evalLoss = await HistoryAsync(simulator, run, "eval_loss");
        double[] rate = await HistoryAsync(simulator, run, "learning_rate");
        double[] runtime = await HistoryAsync(simulator, run, "train_runtime");

        Assert.True(loss.Length >= 5);
        Assert.True(loss[^1] < loss[0] / 2, string.Join(' ', loss));
        Assert.Equal(3, evalLoss.Length);
        Assert.True(evalLoss[^1] < evalLoss[0]);
        Assert.All(rate, value => Assert.InRange(value, 0, 2e-5));
        Assert.Equal([simulator.Durations.Training.TotalSeconds], runtime);
    }

    [Fact]
    public async Task Metrics_appear_while_the_training_goes_on()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        string run = await JobTests.TrainingRunAsync(simulator);

        List<int> counts = [];
        for (int i = 0; i < 6; i++)
        {
            counts.Add((await HistoryAsync(simulator, run, "loss")).Length);
            simulator.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(0, counts[0]);
        Assert.Equal(counts.Order(), counts);
        Assert.True(counts.Distinct().Count() >= 4, string.Join(' ', counts));
    }

    [Fact]
    public async Task Metric_has_step_and_time_within_the_training()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();
        string run = await JobTests.TrainingRunAsync(simulator);
        Answer shown = await simulator.Get(simulator.Mlflow("runs/get?run_id=" + run));
        long start = shown.At("run.info.start_time")!.GetValue<long>();
        long end = shown.At("run.info.end_time")!.GetValue<long>();

        JsonArray metrics = (await simulator.Get(simulator.Mlflow($"metrics/get-history?run_id={run}&metric_key=loss"))).At("metrics")!.AsArray();

        Assert.All(metrics, metric => Assert.InRange(metric!["timestamp"]!.GetValue<long>(), start, end));
        Assert.Equal(metrics.Select(metric => metric!["step"]!.GetValue<int>()).Order(), metrics.Select(metric => metric!["step"]!.GetValue<int>()));
        Assert.Equal("FINISHED", shown.TextAt("run.info.status"));
        Assert.Contains(shown.At("run.data.params")!.AsArray(), pair => pair!["key"]!.GetValue<string>() == "num_train_epochs" && pair["value"]!.GetValue<string>() == "3");
    }

    [Theory]
    [InlineData("tags.mlflow.rootRunId='job-1'", 7)]
    [InlineData("tags.mlflow.rootRunId = \"job-1\"", 7)]
    [InlineData("tags.`mlflow.rootRunId` = 'job-1'", 7)]
    [InlineData("tags.\"mlflow.rootRunId\" = 'job-1'", 7)]
    [InlineData("tags.mlflow.parentRunId='job-1'", 1)]
    [InlineData("tags.mlflow.rootRunId='job-1' and metrics.epoch >= 3", 1)]
    [InlineData("tags.mlflow.rootRunId='job-1' AND metrics.loss > 1e6", 0)]
    [InlineData("tags.mlflow.rootRunId='other'", 0)]
    [InlineData("tags.mlflow.rootRunId!='other'", 7)]
    [InlineData("params.num_train_epochs = '3'", 1)]
    [InlineData("tags.mlflow.runName LIKE 'chat_completion_%'", 4)]
    [InlineData("run_id = 'job-1'", 1)]
    [InlineData("tags.run = 'r1'", 1)]
    [InlineData("", 7)]
    public async Task Search_filters_runs(string filter, int count)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();

        Answer answer = await SearchAsync(simulator, filter);

        Assert.Equal(200, answer.Status);
        Assert.Equal(count, answer.At("runs")?.AsArray().Count ?? 0);
    }

    [Theory]
    [InlineData("attributes.status = 'FINISHED'")]
    [InlineData("metrics.loss = 'low'")]
    [InlineData("tags.a ~ 'b'")]
    [InlineData("tags.a = 'b' or tags.c = 'd'")]
    [InlineData("tags.a = 'b' and")]
    [InlineData("planets.a = 'b'")]
    [InlineData("tags.a = 1")]
    public async Task Filter_that_cannot_be_read_is_refused_in_mlflows_error_shape(string filter)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();

        Answer answer = await SearchAsync(simulator, filter);

        Assert.Equal(400, answer.Status);
        Assert.Equal("INVALID_PARAMETER_VALUE", answer.TextAt("error_code"));
    }

    [Theory]
    [InlineData("""{"experiment_ids":[]}""")]
    [InlineData("""{"experiment_ids":[1]}""")]
    [InlineData("""{"experiment_ids":["a"],"max_results":0}""")]
    [InlineData("""{"experiment_ids":["a"],"order_by":["metrics.loss ASC"]}""")]
    [InlineData("""{"experiment_ids":["a"],"page_token":"x"}""")]
    public async Task Wrong_search_is_refused(string body)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Assert.Equal(400, (await simulator.Post(simulator.Mlflow("runs/search"), Bodies.Parse(body))).Status);
    }

    [Fact]
    public async Task Search_gives_pages_and_the_last_value_of_each_metric()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();
        string run = await JobTests.TrainingRunAsync(simulator);
        double[] loss = await HistoryAsync(simulator, run, "loss");

        List<JsonNode> runs = [];
        string? token = null;
        do
        {
            Answer page = await SearchAsync(simulator, "tags.mlflow.rootRunId='job-1'", maxResults: 3, token);
            runs.AddRange(page.At("runs")!.AsArray()!);
            token = page.At("next_page_token")?.GetValue<string>();
        }
        while (token is not null);

        Assert.Equal(7, runs.Select(found => found["info"]!["run_id"]!.GetValue<string>()).Distinct().Count());
        JsonNode training = runs.Single(found => found["info"]!["run_id"]!.GetValue<string>() == run);
        JsonNode last = training["data"]!["metrics"]!.AsArray().Single(metric => metric!["key"]!.GetValue<string>() == "loss")!;
        Assert.Equal(loss[^1], last["value"]!.GetValue<double>());
    }

    [Fact]
    public async Task History_can_be_read_in_pages()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();
        string run = await JobTests.TrainingRunAsync(simulator);
        string address = simulator.Mlflow($"metrics/get-history?run_id={run}&metric_key=loss&max_results=2");

        Answer first = await simulator.Get(address);
        Answer second = await simulator.Get($"{address}&page_token={first.TextAt("next_page_token")}");

        Assert.Equal(2, first.At("metrics")!.AsArray().Count);
        Assert.True(second.At("metrics.0.step")!.GetValue<int>() > first.At("metrics.1.step")!.GetValue<int>());
    }

    [Fact]
    public async Task Unknown_experiment_and_run_do_not_exist()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();

        Answer experiment = await simulator.Get(simulator.Mlflow("experiments/get-by-name?experiment_name=none"));
        Answer run = await simulator.Get(simulator.Mlflow("runs/get?run_id=none"));

        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST"), (experiment.Status, experiment.TextAt("error_code")));
        Assert.Equal((404, "RESOURCE_DOES_NOT_EXIST"), (run.Status, run.TextAt("error_code")));
    }

    [Fact]
    public async Task Both_versions_of_the_address_work()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();

        Answer answer = await simulator.Get(simulator.Mlflow("experiments/get-by-name?experiment_name=chat_completion_phi").Replace("/v1.0/", "/v2.0/", StringComparison.Ordinal));

        Assert.Equal("chat_completion_phi", answer.TextAt("experiment.name"));
    }

    private static async Task<Answer> SearchAsync(SimulatorFixture simulator, string filter, int maxResults = 100, string? token = null)
    {
        Answer experiment = await simulator.Get(simulator.Mlflow("experiments/get-by-name?experiment_name=chat_completion_phi"));
        return await simulator.Post(simulator.Mlflow("runs/search"), new JsonObject
        {
            ["experiment_ids"] = new JsonArray(experiment.TextAt("experiment.experiment_id")),
            ["filter"] = filter,
            ["run_view_type"] = "ACTIVE_ONLY",
            ["max_results"] = maxResults,
            ["order_by"] = new JsonArray(),
            ["page_token"] = token,
        });
    }

    private static async Task<double[]> HistoryAsync(SimulatorFixture simulator, string run, string key)
    {
        Answer answer = await simulator.Get(simulator.Mlflow($"metrics/get-history?run_id={run}&metric_key={key}"));
        return [.. answer.At("metrics")?.AsArray().Select(metric => metric!["value"]!.GetValue<double>()) ?? []];
    }
}
