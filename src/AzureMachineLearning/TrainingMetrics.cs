using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning;

/// <summary>MLflow's REST API, version 2.0, at the workspace's tracking address.</summary>
internal sealed class TrainingMetrics(ServicePipeline pipeline, Workspace workspace) : ITrainingMetrics
{
    private const int RunsPerPage = 1_000;

    /// <inheritdoc/>
    /// <remarks>
    /// MLflow's REST API 2.0 below <c>{tracking URI}/api/2.0/mlflow</c>: <c>GET experiments/get-by-name</c>, <c>POST runs/search</c>, <c>GET runs/get</c>,
    /// <c>GET metrics/get-history</c> (mlflow.org, "REST API").
    /// </remarks>
    public async Task<IReadOnlyList<MetricSeries>> GetAsync(
        string jobName, string experimentName, bool includeHistories, CancellationToken cancellationToken = default)
    {
        string mlflow = await workspace.GetMlflowUrlAsync(cancellationToken);
        IReadOnlyList<JsonElement> runs = await SearchAsync(mlflow, jobName, experimentName, cancellationToken);
        if (runs.Count == 0)
        {
            // Not indexed (yet), or under another experiment: the job's own run is still found by its name.
            string url = mlflow + "/runs/get?run_id=" + ServicePipeline.Path($"{jobName}");
            ServiceAnswer own = await pipeline.GetAsync(url, acceptNotFound: true, cancellationToken);
            runs = own.IsNotFound ? [] : [own.Json.At("run")];
        }

        var series = new List<MetricSeries>();
        foreach (JsonElement run in runs)
        {
            string? runId = run.At("info", "run_id").Text() ?? run.At("info", "run_uuid").Text();
            if (runId is null)
            {
                continue;
            }

            // The search gives each metric's last value; a curve has to be asked for.
            series.AddRange(await Task.WhenAll(run.At("data", "metrics").Items().Where(metric => metric.At("key").Text() is not null).Select(async metric =>
            {
                string key = metric.At("key").Text()!;
                return new MetricSeries(runId, key, includeHistories
                    ? await GetHistoryAsync(mlflow, runId, key, cancellationToken)
                    : Points([metric]));
            })));
        }

        return [.. series.Where(curve => curve.Points.Count > 0)];
    }

    /// <summary>Metrics in the order of their steps; a value without a step counts as step 0, as in MLflow.</summary>
    private static List<MetricPoint> Points(IEnumerable<JsonElement> metrics) =>
    [
        .. metrics
            .Select(metric => (Step: metric.At("step").Integer() ?? 0, Time: metric.At("timestamp").Integer() ?? 0, Value: metric.At("value").Number()))
            .Where(metric => metric.Value is not null)
            .OrderBy(metric => metric.Step).ThenBy(metric => metric.Time)
            .Select(metric => new MetricPoint(metric.Step, metric.Value!.Value)),
    ];

    private async Task<IReadOnlyList<JsonElement>> SearchAsync(string mlflow, string jobName, string experimentName, CancellationToken cancellationToken)
    {
        ServiceAnswer experiment = await pipeline.GetAsync(
            $"{mlflow}/experiments/get-by-name?experiment_name={Uri.EscapeDataString(experimentName)}", acceptNotFound: true, cancellationToken);
        if (experiment.Json.At("experiment", "experiment_id").Text() is not { } experimentId)
        {
            return [];
        }

        // The training step is a grandchild of the job, so its parent's id would not find it.
        string filter = $"tags.mlflow.rootRunId='{ServicePipeline.Path($"{jobName}")}'";
        var runs = new List<JsonElement>();
        string? token = null;
        do
        {
            var body = new JsonObject
            {
                ["experiment_ids"] = new JsonArray(experimentId),
                ["filter"] = filter,
                ["run_view_type"] = "ACTIVE_ONLY",
                ["max_results"] = RunsPerPage,
                ["order_by"] = new JsonArray(),
                ["page_token"] = token,
            };
            JsonElement page = (await pipeline.PostAsync($"{mlflow}/runs/search", body, cancellationToken: cancellationToken)).Json;
            runs.AddRange(page.At("runs").Items());
            token = NextToken(page, token);
        }
        while (token is not null);

        return runs;
    }

    private async Task<List<MetricPoint>> GetHistoryAsync(string mlflow, string runId, string key, CancellationToken cancellationToken)
    {
        string url = $"{mlflow}/metrics/get-history?run_id={Uri.EscapeDataString(runId)}&metric_key={Uri.EscapeDataString(key)}";
        var metrics = new List<JsonElement>();
        string? token = null;
        do
        {
            JsonElement page = (await pipeline.GetAsync(token is null ? url : $"{url}&page_token={Uri.EscapeDataString(token)}", cancellationToken: cancellationToken)).Json;
            metrics.AddRange(page.At("metrics").Items());
            token = NextToken(page, token);
        }
        while (token is not null);

        return Points(metrics);
    }

    // A token that leads to itself would never end.
    private static string? NextToken(JsonElement page, string? current) =>
        page.At("next_page_token").Text() is { Length: > 0 } next && next != current ? next : null;
}
