using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

/// <summary>The operations that a chat-completion fine-tune is made of, over all of Azure ML's services: each is served.</summary>
public sealed class ContractTests(StrictnessFixture fixture) : IClassFixture<StrictnessFixture>
{
    private const string Registry = "registry/";

    public static TheoryData<string, int> Operations => new()
    {
        // Workspace, region.
        { "GET ", 200 },
        { "GET providers/Microsoft.Authorization/permissions", 200 },
        { "GET region/vmSizes", 200 },
        { "GET region/usages", 200 },
        { "GET region/quotas", 200 },
        { "GET /discovery", 200 },

        // Clusters.
        { "GET computes", 200 },
        { "GET computes/gpu-cluster", 200 },
        { "PUT computes/gpu-cluster", 200 },
        { "DELETE computes/none?underlyingResourceAction=Delete", 204 },

        // Datastores.
        { "GET datastores?isDefault=true", 200 },
        { "GET datastores/workspaceblobstore", 200 },
        { "POST datastores/workspaceblobstore/listSecrets", 400 },

        // Data assets.
        { "PUT data/rows/versions/1", 201 },
        { "GET data/rows/versions/1", 200 },
        { "GET data/rows/versions", 200 },
        { "GET data/rows", 200 },
        { "GET data", 200 },
        { "DELETE data/rows/versions/1", 200 },
        { "PUT data/rows/versions/1", 409 },

        // Jobs.
        { "PUT jobs/job-1", 200 },
        { "GET jobs/job-1", 200 },
        { "GET jobs?jobType=Pipeline&tag=run&properties=&listViewType=ActiveOnly&$skip=0", 200 },
        { "POST jobs/job-1/cancel", 200 },
        { "DELETE jobs/none", 204 },

        // Models.
        { "PUT models/m/versions/1", 200 },
        { "GET models/m/versions/1", 200 },
        { "GET models/m/versions?$orderBy=createdtime desc&$top=1", 200 },
        { "GET models/m", 200 },
        { "GET models", 200 },
        { "DELETE models/m/versions/none", 204 },

        // Endpoints.
        { "GET onlineEndpoints", 200 },
        { "GET onlineEndpoints/endpoint-1", 200 },
        { "PATCH onlineEndpoints/endpoint-1", 200 },
        { "POST onlineEndpoints/endpoint-1/listKeys", 200 },
        { "POST onlineEndpoints/endpoint-1/token", 400 },
        { "POST onlineEndpoints/endpoint-1/regenerateKeys", 202 },
        { "DELETE onlineEndpoints/none", 204 },

        // Deployments.
        { "GET onlineEndpoints/endpoint-1/deployments", 200 },
        { "GET onlineEndpoints/endpoint-1/deployments/blue", 200 },
        { "GET onlineEndpoints/endpoint-1/deployments/blue/skus", 200 },
        { "PATCH onlineEndpoints/endpoint-1/deployments/blue", 202 },
        { "POST onlineEndpoints/endpoint-1/deployments/blue/getLogs", 200 },
        { "DELETE onlineEndpoints/endpoint-1/deployments/none", 204 },
        { "PUT onlineEndpoints/endpoint-1/deployments/blue", 409 },
        { "PUT onlineEndpoints/endpoint-1", 200 },

        // Scoring.
        { "POST /endpoints/endpoint-1/score", 401 },
        { "GET /endpoints/endpoint-1/swagger.json", 401 },

        // The system registry.
        { "GET /registrymanagement/v1.0/registries/azureml/discovery", 200 },
        { "GET registry/models/Phi-4-mini-instruct", 200 },
        { "GET registry/models/Phi-4-mini-instruct/versions?$orderBy=createdtime desc&$top=1", 200 },
        { "GET registry/models/Phi-4-mini-instruct/versions/5", 200 },
        { "GET registry/components/chat_completion_pipeline", 200 },
        { "GET registry/components/chat_completion_pipeline/versions?$orderBy=createdtime desc&$top=1", 200 },
        { "GET registry/components/chat_completion_pipeline/versions/0.0.82", 200 },

        // Run history.
        { "GET history/runs/job-1", 200 },
        { "GET history/runs/job-1/details", 200 },
        { "GET history/runs/job-1/children", 200 },
        { "POST history/rundata", 200 },

        // MLflow, under both its versions.
        { "GET mlflow/v1.0/experiments/get-by-name?experiment_name=chat_completion_phi", 200 },
        { "GET mlflow/v2.0/experiments/get-by-name?experiment_name=chat_completion_phi", 200 },
        { "GET mlflow/v1.0/experiments/get?experiment_id=none", 404 },
        { "POST mlflow/v2.0/runs/search", 200 },
        { "GET mlflow/v2.0/runs/get?run_id=job-1", 200 },
        { "GET mlflow/v2.0/metrics/get-history?run_id=job-1&metric_key=loss", 200 },
    };

    [Fact]
    public async Task Every_operation_of_a_fine_tune_is_served()
    {
        SimulatorFixture simulator = fixture.Simulator;
        Answer discovery = await simulator.Get("/registrymanagement/v1.0/registries/azureml/discovery");
        string registry = $"/mferp/managementfrontend/subscriptions/{discovery.TextAt("subscriptionId")}/resourceGroups/{discovery.TextAt("resourceGroup")}/providers/Microsoft.MachineLearningServices/registries/azureml/";
        List<string> wrong = [];
        foreach (object[] row in Operations)
        {
            (string operation, int status) = ((string)row[0], (int)row[1]);
            string[] words = operation.Split(' ', 2);
            Answer answer = await simulator.Send(new HttpMethod(words[0]), Path(words[1], registry), Body(words[0], words[1]));
            if (answer.Status != status)
            {
                wrong.Add($"{operation} {answer.Status} {answer.Text}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task Deployment_gets_other_instances_by_a_change_that_is_followed_by_its_location()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();

        Answer changed = await simulator.Send(HttpMethod.Patch, simulator.Arm(Flow.Deployments), Bodies.Parse("""{"tags":{"a":"b"},"sku":{"capacity":2}}"""));
        Answer running = await simulator.Get(new Uri(changed.Header("Location")).PathAndQuery);
        Answer busy = await simulator.Send(HttpMethod.Patch, simulator.Arm(Flow.Deployments), Bodies.Parse("""{"sku":{"capacity":1}}"""));
        simulator.Advance(simulator.Durations.DeploymentCreate);
        Answer done = await simulator.Get(new Uri(changed.Header("Location")).PathAndQuery);
        Answer shown = await simulator.Get(simulator.Arm(Flow.Deployments));

        Assert.Equal([202, 202, 409, 204], [changed.Status, running.Status, busy.Status, done.Status]);
        Assert.Equal(2, shown.At("sku.capacity")!.GetValue<int>());
        Assert.Equal("b", shown.TextAt("tags.a"));
    }

    [Fact]
    public async Task Deleted_version_of_a_model_is_gone_and_its_name_stays_taken()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();
        await simulator.RegisterAsync();

        Answer deleted = await simulator.Delete(simulator.Arm("models/m/versions/1"));
        Answer again = await simulator.Delete(simulator.Arm("models/m/versions/1"));
        Answer gone = await simulator.Get(simulator.Arm("models/m/versions/1"));
        Answer container = await simulator.Get(simulator.Arm("models/m"));
        Answer taken = await simulator.Put(simulator.Arm("models/m/versions/1"), Bodies.Model());
        Answer other = await simulator.Put(simulator.Arm("models/m/versions/2"), Bodies.Model());

        Assert.Equal([200, 204, 404, 404, 409, 201], [deleted.Status, again.Status, gone.Status, container.Status, taken.Status, other.Status]);
    }

    [Fact]
    public async Task Children_of_a_run_come_in_pages()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { PageSize = 2 });
        await simulator.TrainAsync();
        string node = (await simulator.Get(simulator.History("runs/job-1/children"))).TextAt("value.0.runId")!;
        List<string> names = [];
        string? next = simulator.History($"runs/{node}/children");
        while (next is not null)
        {
            Answer page = await simulator.Get(next);
            names.AddRange(page.At("value")!.AsArray().Select(run => run!["displayName"]!.GetValue<string>()));
            next = page.TextAt("nextLink") is { } link ? new Uri(link).PathAndQuery : null;
        }

        Assert.Equal(
            ["ft_nlp_common_validation", "chat_completion_model_import", "chat_completion_datapreprocess", "chat_completion_finetune", "ft_nlp_model_converter"], names);
    }

    [Fact]
    public async Task Clients_own_request_id_comes_back_unless_it_is_too_long()
    {
        SimulatorFixture simulator = fixture.Simulator;

        Answer known = await simulator.Send(HttpMethod.Get, simulator.Arm("computes"), null, request => request.Headers.Add("x-ms-client-request-id", "my-request"));
        Answer tooLong = await simulator.Send(HttpMethod.Get, simulator.Arm("computes"), null, request => request.Headers.Add("x-ms-client-request-id", new string('a', 41)));

        Assert.Equal("my-request", known.Header("x-ms-client-request-id"));
        Assert.False(tooLong.Headers.Contains("x-ms-client-request-id"));
        Assert.StartsWith("EASTUS:2026", known.Header("x-ms-routing-request-id"), StringComparison.Ordinal);
        Assert.Equal("11999", known.Header("x-ms-ratelimit-remaining-subscription-reads"));
    }

    private string Path(string path, string registry)
    {
        SimulatorFixture simulator = fixture.Simulator;
        return path switch
        {
            ['/', ..] => path,
            "" => $"{simulator.Workspace}?{SimulatorFixture.Version}",
            _ when path.StartsWith("region/", StringComparison.Ordinal) => simulator.InRegion(path["region/".Length..]),
            _ when path.StartsWith("history/", StringComparison.Ordinal) => simulator.History(path["history/".Length..]),
            _ when path.StartsWith("mlflow/", StringComparison.Ordinal) => $"{path.Insert(path.IndexOf('/', "mlflow/".Length), simulator.Workspace + "/api/2.0/mlflow").Insert(0, "/")}",
            _ when path.StartsWith(Registry, StringComparison.Ordinal) =>
                registry + path[Registry.Length..] + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "api-version=2021-10-01-dataplanepreview",
            _ => simulator.Arm(path),
        };
    }

    private JsonObject? Body(string method, string path) => (method, path) switch
    {
        ("PUT", "computes/gpu-cluster") => Bodies.Compute(),
        ("PUT", "jobs/job-1") => Bodies.Job(),
        ("PUT", "data/rows/versions/1") => Bodies.Parse("""{"properties":{"dataType":"uri_file","dataUri":"azureml://datastores/workspaceblobstore/paths/a"}}"""),
        ("PUT", "models/m/versions/1") => Bodies.Model(),
        ("PUT", "onlineEndpoints/endpoint-1") => Bodies.Endpoint(traffic: """{"blue":100}"""),
        ("PUT", "onlineEndpoints/endpoint-1/deployments/blue") => Bodies.Deployment(fixture.Simulator.ModelId()),
        ("PATCH", "onlineEndpoints/endpoint-1") => Bodies.Parse("""{"tags":{"a":"b"}}"""),
        ("PATCH", _) => Bodies.Parse("""{"sku":{"capacity":2}}"""),
        ("POST", "onlineEndpoints/endpoint-1/regenerateKeys") => Bodies.Parse("""{"keyType":"Secondary"}"""),
        ("POST", "onlineEndpoints/endpoint-1/deployments/blue/getLogs") => Bodies.Parse("""{"containerType":"InferenceServer","tail":5}"""),
        ("POST", "history/rundata") => Bodies.Parse("""{"runId":"job-1","selectRunMetadata":true,"selectRunDefinition":true}"""),
        ("POST", "mlflow/v2.0/runs/search") => Bodies.Parse("""{"experiment_ids":["any"],"filter":"tags.mlflow.rootRunId='job-1'"}"""),
        ("POST", "/endpoints/endpoint-1/score") => Bodies.Question(),
        _ => null,
    };
}
