using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.Simulator.Http;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Jobs;

/// <summary>The MLflow tracking server of the workspace, read-only.</summary>
internal sealed class MlflowRoutes(SimulatedWorkspace workspace, RunCatalog runs, Computation computation)
{
    private const int MaxResultsLimit = 50_000;

    public void Map(ServiceRoutes routes)
    {
        routes.Mlflow("GET", "/experiments/get-by-name", request => Observe(request, () => ByName(request)));
        routes.Mlflow("GET", "/experiments/get", request => Observe(request, () => ById(request)));
        routes.Mlflow("POST", "/runs/search", request => Observe(request, () => Search(request)));
        routes.Mlflow("GET", "/runs/get", request => Observe(request, () => Get(request)));
        routes.Mlflow("GET", "/metrics/get-history", request => Observe(request, () => History(request)));
    }

    private ValueTask<ServiceResponse> Observe(ServiceRequest request, Func<ServiceResponse> answer) => computation.ObserveAsync(request, answer);

    private ServiceResponse ByName(ServiceRequest request)
    {
        string name = RequiredQuery(request, "experiment_name");
        return Experiment(request, runs.Experiments(request.Now).FirstOrDefault(experiment => experiment == name), name);
    }

    private ServiceResponse ById(ServiceRequest request)
    {
        string id = RequiredQuery(request, "experiment_id");
        return Experiment(request, runs.Experiments(request.Now).FirstOrDefault(experiment => runs.ExperimentId(experiment) == id), id);
    }

    private ServiceResponse Experiment(ServiceRequest request, string? name, string asked) => name is null
        ? throw ServiceException.NotFound($"The experiment '{asked}' does not exist.")
        : ServiceResponse.Ok(new JsonObject
        {
            ["experiment"] = new JsonObject
            {
                ["experiment_id"] = runs.ExperimentId(name),
                ["name"] = name,
                ["artifact_location"] = workspace.TrackingUri(request) + "/experiments/" + runs.ExperimentId(name),
                ["lifecycle_stage"] = "active",
            },
        });

    private ServiceResponse Search(ServiceRequest request)
    {
        JsonObject body = request.Body;
        HashSet<string> experiments = [.. Strings(body, "experiment_ids")];
        if (experiments.Count == 0)
        {
            throw ServiceException.BadRequest("experiment_ids has to name at least one experiment.");
        }

        if (Strings(body, "order_by").Any(order => order.StartsWith("metric", StringComparison.OrdinalIgnoreCase)))
        {
            throw ServiceException.BadRequest("order_by a metric is not supported.");
        }

        int limit = body.Integer("max_results") ?? 1000;
        if (limit is < 1 or > MaxResultsLimit)
        {
            throw ServiceException.BadRequest(string.Create(CultureInfo.InvariantCulture, $"max_results has to be 1 to {MaxResultsLimit}."));
        }

        RunFilter filter = RunFilter.Parse(body.Text("filter"));
        bool deletedOnly = (body.Text("run_view_type") ?? "ACTIVE_ONLY") == "DELETED_ONLY";
        IEnumerable<MlflowRun> matches = deletedOnly
            ? []
            : runs.All(request.Now)
                .Where(run => experiments.Contains(runs.ExperimentId(JobRoutes.ExperimentOf(run.Job))))
                .Select(run => Describe(run, request.Now))
                .Where(filter.Matches);
        (JsonArray page, string? next) = Page(matches, body.Text("page_token"), limit, run => Show(run, request));
        JsonObject answer = [];

        // Without a match the member is absent, as in MLflow itself.
        if (page.Count > 0)
        {
            answer["runs"] = page;
        }

        if (next is not null)
        {
            answer["next_page_token"] = next;
        }

        return ServiceResponse.Ok(answer);
    }

    private ServiceResponse Get(ServiceRequest request) =>
        ServiceResponse.Ok(new JsonObject { ["run"] = Show(Describe(Existing(request), request.Now), request) });

    private ServiceResponse History(ServiceRequest request)
    {
        CatalogedRun run = Existing(request);
        string key = RequiredQuery(request, "metric_key");
        int limit = request.Query("max_results") is { } text
            ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
                ? number
                : throw ServiceException.BadRequest("max_results has to be a number of at least 1.")
            : int.MaxValue;
        (JsonArray page, string? next) = Page(Metrics(run, request.Now).Where(metric => metric.Point.Key == key), request.Query("page_token"), limit, Show);
        JsonObject answer = [];
        if (page.Count > 0)
        {
            answer["metrics"] = page;
        }

        if (next is not null)
        {
            answer["next_page_token"] = next;
        }

        return ServiceResponse.Ok(answer);
    }

    private CatalogedRun Existing(ServiceRequest request)
    {
        string id = request.Query("run_id") ?? RequiredQuery(request, "run_uuid");
        return runs.Find(id, request.Now) ?? throw ServiceException.NotFound($"The run '{id}' does not exist.");
    }

    private static string RequiredQuery(ServiceRequest request, string name) => request.Query(name) is { Length: > 0 } value
        ? value
        : throw ServiceException.BadRequest($"The parameter '{name}' is required.");

    private IEnumerable<TimedMetric> Metrics(CatalogedRun run, DateTimeOffset now) =>
        run.Run.RunId == run.Job.Steps[PipelineSteps.FineTuneIndex].RunId ? computation.Metrics(run.Job, now) : [];

    private MlflowRun Describe(CatalogedRun found, DateTimeOffset now)
    {
        (JobRecord job, _, RunView run) = found;
        string displayName = run.ParentRunId is null ? job.Properties.Text("displayName") ?? job.Name : run.Name;
        Dictionary<string, string> tags = new(StringComparer.Ordinal);
        if (run.ParentRunId is null)
        {
            foreach (var tag in job.Properties.Object("tags") ?? [])
            {
                tags[tag.Key] = tag.Value?.GetValue<string>() ?? "";
            }
        }
        else
        {
            tags["mlflow.parentRunId"] = run.ParentRunId;
        }

        tags["mlflow.rootRunId"] = job.Name;
        tags["mlflow.runName"] = displayName;
        tags["mlflow.user"] = "Simulator";
        SortedDictionary<string, string> parameters = new(StringComparer.Ordinal);
        if (run.Name == PipelineSteps.FineTune)
        {
            foreach (KeyValuePair<string, string> input in job.Inputs.Where(input => !input.Value.StartsWith("azureml:", StringComparison.Ordinal)))
            {
                parameters.Add(input.Key, input.Value);
            }
        }

        Dictionary<string, TimedMetric> last = new(StringComparer.Ordinal);
        foreach (TimedMetric metric in Metrics(found, now))
        {
            last[metric.Point.Key] = metric;
        }

        return new MlflowRun(run.RunId, runs.ExperimentId(JobRoutes.ExperimentOf(job)), run, tags, parameters, last);
    }

    private JsonObject Show(MlflowRun run, ServiceRequest request)
    {
        JsonObject info = new()
        {
            ["run_id"] = run.RunId,
            ["run_uuid"] = run.RunId,
            ["experiment_id"] = run.ExperimentId,
            ["run_name"] = run.Tags["mlflow.runName"],
            ["user_id"] = workspace.IdOf("identity").ToString(),
            ["status"] = RunStatus.Mlflow(run.Run.Status),
        };
        if (run.Run.Started is { } started)
        {
            info["start_time"] = started.ToUnixTimeMilliseconds();
        }

        if (run.Run.Ended is { } ended)
        {
            info["end_time"] = ended.ToUnixTimeMilliseconds();
        }

        info["artifact_uri"] = $"{workspace.TrackingUri(request)}/experiments/{run.ExperimentId}/runs/{run.RunId}/artifacts";
        info["lifecycle_stage"] = "active";
        return new JsonObject
        {
            ["info"] = info,
            ["data"] = new JsonObject
            {
                ["metrics"] = new JsonArray([.. run.LastMetrics.Values.Select(Show)]),
                ["params"] = Pairs(run.Parameters),
                ["tags"] = Pairs(run.Tags),
            },
        };
    }

    private static JsonObject Show(TimedMetric metric) => new()
    {
        ["key"] = metric.Point.Key,
        ["value"] = double.IsFinite(metric.Point.Value) ? JsonValue.Create(metric.Point.Value) : JsonValue.Create(metric.Point.Value.ToString(CultureInfo.InvariantCulture)),
        ["timestamp"] = metric.Time.ToUnixTimeMilliseconds(),
        ["step"] = metric.Point.Step,
    };

    private static JsonArray Pairs(IEnumerable<KeyValuePair<string, string>> pairs) =>
        [.. pairs.Select(pair => new JsonObject { ["key"] = pair.Key, ["value"] = pair.Value })];

    private static IEnumerable<string> Strings(JsonObject body, string name) => body[name] switch
    {
        null => [],
        JsonArray array when array.All(item => item?.GetValueKind() == JsonValueKind.String) => array.Select(item => item!.GetValue<string>()),
        { } other => throw JsonReading.Wrong(other, "a list of strings"),
    };

    /// <summary>A page token is the number of items before the page.</summary>
    private static (JsonArray Page, string? Next) Page<T>(IEnumerable<T> items, string? token, int limit, Func<T, JsonObject> show)
    {
        int skip = 0;
        if (!string.IsNullOrEmpty(token) && !int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out skip))
        {
            throw ServiceException.BadRequest($"The page token '{token}' is not valid.");
        }

        JsonArray page = [];
        foreach (T item in items.Skip(skip))
        {
            if (page.Count == limit)
            {
                return (page, (skip + limit).ToString(CultureInfo.InvariantCulture));
            }

            page.Add((JsonNode)show(item));
        }

        return (page, null);
    }
}
