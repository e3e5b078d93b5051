using FineTune.Workflow.Contracts;

namespace FineTune.AzureMachineLearning.Tests;

public sealed class TrainingMetricsTests
{
    private const string Experiment = "GET " + ScriptedService.Mlflow + "/experiments/get-by-name?experiment_name=chat%20%26%20more";
    private const string Search = "POST " + ScriptedService.Mlflow + "/runs/search";
    private const string Own = "GET " + ScriptedService.Mlflow + "/runs/get?run_id=ft-1";

    private readonly ScriptedService _service = new ScriptedService().WithWorkspace();

    [Fact]
    public async Task Last_values_come_from_one_search_over_all_descendants_page_by_page()
    {
        _service.On(Experiment, body: """{"experiment":{"experiment_id":"42"}}""")
            .On(Search, body: """{"runs":[{"info":{"run_id":"a"},"data":{"metrics":[{"key":"loss","value":1.5,"step":20,"timestamp":5}]}}],"next_page_token":"p2"}""")
            .On(Search, body: """{"runs":[{"info":{"run_uuid":"b"},"data":{"metrics":[{"key":"rouge1","value":"0.25"}]}},{"info":{"run_id":"c"},"data":{}}]}""");

        IReadOnlyList<MetricSeries> metrics = await Get(histories: false);

        Assert.Equal([("a", "loss", new MetricPoint(20, 1.5)), ("b", "rouge1", new MetricPoint(0, 0.25))], metrics.Select(m => (m.RunId, m.Key, Assert.Single(m.Points))));
        SentRequest[] searches = [.. _service.Requests.Where(request => request.Line == Search)];
        searches[0].AssertBody("""{"experiment_ids":["42"],"filter":"tags.mlflow.rootRunId='ft-1'","run_view_type":"ACTIVE_ONLY","max_results":1000,"order_by":[],"page_token":null}""");
        searches[1].AssertBody("""{"experiment_ids":["42"],"filter":"tags.mlflow.rootRunId='ft-1'","run_view_type":"ACTIVE_ONLY","max_results":1000,"order_by":[],"page_token":"p2"}""");
    }

    [Fact]
    public async Task Histories_are_fetched_for_each_metric_page_by_page_and_put_in_step_order()
    {
        const string History = "GET " + ScriptedService.Mlflow + "/metrics/get-history?run_id=a&metric_key=eval%2Floss";
        _service.On(Experiment, body: """{"experiment":{"experiment_id":"42"}}""")
            .On(Search, body: """{"runs":[{"info":{"run_id":"a"},"data":{"metrics":[{"key":"eval/loss","value":1}]}}]}""")
            .On(History, body: """{"metrics":[{"key":"eval/loss","value":0.5,"step":"20","timestamp":"9"},{"key":"eval/loss","value":2.0,"step":"10","timestamp":"1"}],"next_page_token":"n+1"}""")
            .On(History + "&page_token=n%2B1", body: """{"metrics":[{"key":"eval/loss","value":"NaN","step":30}],"next_page_token":"n+1"}""");

        MetricSeries curve = Assert.Single(await Get(histories: true));

        Assert.Equal([new MetricPoint(10, 2.0), new MetricPoint(20, 0.5), new MetricPoint(30, double.NaN)], curve.Points);
    }

    [Theory]
    [InlineData(404, """{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no experiment"}""")]
    [InlineData(200, "{}")]
    public async Task Without_an_experiment_the_jobs_own_run_is_looked_up_by_name(int status, string body)
    {
        _service.On(Experiment, status, body).On(Own, body: """{"run":{"info":{"run_id":"ft-1"},"data":{"metrics":[{"key":"epoch","value":3,"step":1}]}}}""");

        MetricSeries series = Assert.Single(await Get(histories: false));

        Assert.Equal(("ft-1", "epoch"), (series.RunId, series.Key));
    }

    [Fact]
    public async Task A_job_that_logged_nothing_has_no_metrics()
    {
        _service.On(Experiment, body: """{"experiment":{"experiment_id":"42"}}""").On(Search, body: "{}").On(Own, 404, """{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"no run"}""");

        Assert.Empty(await Get(histories: true));
    }

    private Task<IReadOnlyList<MetricSeries>> Get(bool histories) => _service.Client().Metrics.GetAsync("ft-1", "chat & more", histories);
}
