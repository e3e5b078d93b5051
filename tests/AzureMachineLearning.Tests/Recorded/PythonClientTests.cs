using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml;
using FineTune.Workflow.Contracts;

namespace FineTune.AzureMachineLearning.Tests.Recorded;

/// <summary>
/// For the same work this client sends what Microsoft's Python client sent, but for the differences that docs/wire-differences.md
/// lists with their reasons: no other, and each of them.
/// </summary>
public sealed partial class PythonClientTests
{
    private static readonly Dictionary<string, string> NoTags = [];
    private readonly ScriptedService _service = new();

    [RecordedFact]
    public async Task Creating_a_cluster_differs_as_listed()
    {
        JsonNode recorded = Put("/computes/");
        JsonNode cluster = recorded["properties"]!["properties"]!;
        Workspace(recorded);
        string url = ScriptedService.Url("/computes/gpu-cluster-big");
        _service.On("PUT " + url, 201);

        await _service.Client().ComputeClusters.BeginCreateAsync(
            new ComputeRequest { Name = "gpu-cluster-big", Size = (string)cluster["vmSize"]!, MaxNodes = (int)cluster["scaleSettings"]!["maxNodeCount"]! }, lowPriority: false);

        AssertDifferences("PUT compute", recorded, _service.Last);
    }

    [RecordedFact]
    public async Task Submitting_the_job_differs_as_listed()
    {
        JsonNode recorded = Put("/jobs/");
        JsonNode job = recorded["properties"]!;
        JsonObject inputs = OnlyNode(job)["inputs"]!.AsObject();
        string url = ScriptedService.Url("/jobs/job-1");
        _service.On("PUT " + url, 201);

        await _service.Client().Jobs.SubmitAsync(new PipelineJobSpec
        {
            Name = "job-1",
            DisplayName = (string)job["displayName"]!,
            ExperimentName = (string)job["experimentName"]!,
            ComponentId = (string)OnlyNode(job)["componentId"]!,
            AssetInputs = inputs.Where(input => input.Value!["uri"] is not null)
                .ToDictionary(input => input.Key, input => new JobAssetInput((string)input.Value!["job_input_type"]!, (string)input.Value["uri"]!)),
            LiteralInputs = inputs.Where(input => input.Value!["value"] is not null).ToDictionary(input => input.Key, input => (string)input.Value!["value"]!),
        });

        // A node is called like the variable that held it in the caller's Python: here "x", in the notebook what this client calls it.
        JsonNode node = OnlyNode(job).DeepClone();
        node["name"] = "chat_completion_pipeline";
        job["jobs"] = new JsonObject { ["chat_completion_pipeline"] = node };
        AssertDifferences("PUT job", recorded, _service.Last);
    }

    [RecordedFact]
    public async Task Registering_the_model_differs_as_listed()
    {
        JsonNode recorded = Put("/models/");
        JsonNode model = recorded["properties"]!;
        _service.On("PUT " + ScriptedService.Url("/models/m/versions/1"), 201);

        await _service.Client().Models.RegisterAsync(new ModelRegistration("m", "1", (string)model["modelUri"]!, (string)model["description"]!, NoTags));

        AssertDifferences("PUT model version", recorded, _service.Last);
    }

    [RecordedFact]
    public async Task Creating_the_endpoint_differs_as_listed()
    {
        JsonNode recorded = Put("/onlineEndpoints/");
        Workspace(recorded);
        _service.On("PUT " + ScriptedService.Url("/onlineEndpoints/ep"), 201);

        await _service.Client().OnlineEndpoints.BeginCreateAsync(new OnlineEndpointSpec("ep", (string)recorded["properties"]!["description"]!, NoTags));

        AssertDifferences("PUT endpoint", recorded, _service.Last);
    }

    [RecordedFact]
    public async Task Creating_the_deployment_differs_as_listed()
    {
        JsonNode recorded = Put("/deployments/");
        JsonNode properties = recorded["properties"]!;
        Workspace(recorded);
        _service.On("PUT " + ScriptedService.Url("/onlineEndpoints/ep/deployments/demo"), 201);

        await _service.Client().OnlineEndpoints.BeginCreateDeploymentAsync(new OnlineDeploymentSpec(
            "ep",
            (string)properties["model"]!,
            new DeploymentRequest
            {
                InstanceType = (string)properties["instanceType"]!,
                InstanceCount = (int)recorded["sku"]!["capacity"]!,
                LivenessInitialDelay = XmlConvert.ToTimeSpan((string)properties["livenessProbe"]!["initialDelay"]!),
                RequestTimeout = XmlConvert.ToTimeSpan((string)properties["requestSettings"]!["requestTimeout"]!),
            },
            NoTags));

        AssertDifferences("PUT deployment", recorded, _service.Last);
    }

    [RecordedFact]
    public async Task Shifting_the_traffic_differs_as_listed()
    {
        JsonNode recorded = Put("/onlineEndpoints/", last: true);
        string url = ScriptedService.Url("/onlineEndpoints/ep");

        // The endpoint as the real service shows it, with what the Python client had put into it.
        JsonNode shown = Recordings.Answer("endpoint_put")["body"]!;
        shown["location"] = recorded["location"]!.DeepClone();
        shown["properties"]!["description"] = recorded["properties"]!["description"]!.DeepClone();
        _service.On("GET " + url, body: shown.ToJsonString()).On("PUT " + url);

        await _service.Client().OnlineEndpoints.BeginSetTrafficAsync("ep", "demo", 100);

        AssertDifferences("PUT endpoint, traffic", recorded, _service.Last);
    }

    [RecordedFact]
    public async Task Asking_the_model_differs_as_listed()
    {
        JsonNode exchange = Recordings.PythonClient().Single(exchange => (string)exchange["url"]! == "/score");
        JsonNode recorded = exchange["req_body"]!;
        string url = ScriptedService.Url("/onlineEndpoints/ep");
        _service.On("GET " + url, body: """{"name":"ep","properties":{"scoringUri":"https://ep.westeurope.inference.ml.azure.com/score"}}""")
            .On("POST " + ScriptedService.Url("/onlineEndpoints/ep/listKeys"), body: """{"primaryKey":"k"}""")
            .On("POST https://ep.westeurope.inference.ml.azure.com/score", body: """{"output":"yes"}""");
        JsonNode message = recorded["input_data"]!["input_string"]![0]![0]!;

        await _service.Client().OnlineEndpoints.ScoreAsync(
            "ep", "demo", [new ChatMessage((string)message["role"]!, (string)message["content"]!)], new SmokeTestRequest());

        AssertDifferences("POST score", recorded, _service.Last);
        string? pinned = (string?)exchange["req_headers"]!["azureml-model-deployment"];
        Assert.Equal(pinned, _service.Last.Headers["azureml-model-deployment"]);
    }

    private static JsonNode Put(string part, bool last = false)
    {
        JsonNode[] bodies = [.. Recordings.PythonClient()
            .Where(exchange => (string)exchange["method"]! == "PUT" && ResourceName().Replace(((string)exchange["url"]!).Split('?')[0], "").EndsWith(part, StringComparison.Ordinal))
            .Select(exchange => exchange["req_body"]!)];
        return last ? bodies[^1] : bodies[0];
    }

    private static JsonNode OnlyNode(JsonNode job) => job["jobs"]!.AsObject().Single().Value!;

    private void Workspace(JsonNode recorded) =>
        _service.On("GET " + ScriptedService.Url(""), body: $$"""{"location":"{{recorded["location"]}}"}""");

    private static void AssertDifferences(string operation, JsonNode recorded, SentRequest sent)
    {
        string document = File.ReadAllText(Path.Combine(Recordings.Repository, "docs", "wire-differences.md"));
        IEnumerable<string> listed = Row().Matches(document).Where(row => row.Groups["operation"].Value == operation).Select(row => row.Groups["path"].Value);

        Assert.Equal(listed.Order(StringComparer.Ordinal), Differences(recorded, JsonNode.Parse(sent.Body), "$").Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Differences(JsonNode? python, JsonNode? ours, string path)
    {
        if (python is JsonObject left && ours is JsonObject right)
        {
            return left.Select(member => member.Key).Union(right.Select(member => member.Key))
                .SelectMany(name => left.ContainsKey(name) != right.ContainsKey(name) ? [$"{path}.{name}"] : Differences(left[name], right[name], $"{path}.{name}"));
        }

        return JsonNode.DeepEquals(python, ours) ? [] : [path];
    }

    // The name at the end of a resource's path.
    [GeneratedRegex("(?<=/)[^/]+(/versions/[^/]+)?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex ResourceName();

    [GeneratedRegex(@"^\| (?<operation>[^|]+) \| `(?<path>[^`]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Row();
}
