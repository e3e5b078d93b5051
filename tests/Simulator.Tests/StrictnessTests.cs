using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

/// <summary>Wrong requests of every kind: each is refused as the service refuses, and changes nothing.</summary>
public sealed class StrictnessTests(StrictnessFixture fixture) : IClassFixture<StrictnessFixture>
{
    private const string Remove = "remove";
    private const string Node = "properties.jobs.chat_completion_pipeline.";

    /// <summary>Operation, body, where in the body, what is put there, status, code, and what the message says.</summary>
    public static TheoryData<string, string, string, string, int, string, string> WrongBodies => new()
    {
        // Clusters.
        { "PUT computes/other", "compute", "colour", "\"red\"", 400, "BadRequest", "Could not find the member 'colour'" },
        { "PUT computes/other", "compute", "properties.ComputeType", "\"AmlCompute\"", 400, "BadRequest", "has to be written 'computeType'" },
        { "PUT computes/other", "compute", "properties", Remove, 400, "BadRequest", "'properties' is required" },
        { "PUT computes/other", "compute", "properties", "\"text\"", 400, "BadRequest", "has to be an object" },
        { "PUT computes/other", "compute", "properties.computeType", Remove, 400, "BadRequest", "'computeType' is required" },
        { "PUT computes/other", "compute", "properties.computeType", "\"Abacus\"", 400, "BadRequest", "'Abacus' is not known" },
        { "PUT computes/other", "compute", "properties.properties.vmsize", "\"Standard_NC6s_v3\"", 400, "BadRequest", "has to be written 'vmSize'" },
        { "PUT computes/other", "compute", "properties.properties.vmSize", Remove, 400, "BadRequest", "'vmSize' is required" },
        { "PUT computes/other", "compute", "properties.properties.vmSize", "\"Standard_NC5\"", 400, "BadRequest", "does not exist" },
        { "PUT computes/other", "compute", "properties.properties.vmSize", "5", 400, "BadRequest", "has to be a string" },
        { "PUT computes/other", "compute", "properties.properties.vmPriority", "\"Spot\"", 400, "BadRequest", "Spot is not one of Dedicated, LowPriority" },
        { "PUT computes/other", "compute", "properties.properties.osType", "\"BeOS\"", 400, "BadRequest", "not one of Linux, Windows" },
        { "PUT computes/other", "compute", "properties.properties.scaleSettings", Remove, 400, "BadRequest", "'scaleSettings' is required" },
        { "PUT computes/other", "compute", "properties.properties.scaleSettings.maxNodeCount", Remove, 400, "BadRequest", "'maxNodeCount' is required" },
        { "PUT computes/other", "compute", "properties.properties.scaleSettings.maxNodeCount", "\"2\"", 400, "BadRequest", "has to be an integer" },
        { "PUT computes/other", "compute", "properties.properties.scaleSettings.maxNodeCount", "1.5", 400, "BadRequest", "has to be an integer" },
        { "PUT computes/other", "compute", "properties.properties.scaleSettings.minNodeCount", "3", 400, "BadRequest", "minNodeCount <= maxNodeCount" },
        { "PUT computes/other", "compute", "properties.properties.scaleSettings.minNodeCount", "-1", 400, "BadRequest", "0 <= minNodeCount" },
        { "PUT computes/other", "compute", "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown", "\"120\"", 400, "BadRequest", "ISO 8601 duration" },
        { "PUT computes/other", "compute", "properties.properties.scaleSettings.nodeIdleTimeBeforeScaleDown", "\"-PT2M\"", 400, "BadRequest", "ISO 8601 duration" },
        { "PUT computes/other", "compute", "properties.properties.enableNodePublicIp", "\"yes\"", 400, "BadRequest", "has to be true or false" },
        { "PUT computes/other", "compute", "properties.properties.remoteLoginPortPublicAccess", "\"Maybe\"", 400, "BadRequest", "not one of Enabled, Disabled, NotSpecified" },
        { "PUT computes/other", "compute", "tags", """{"a":1}""", 400, "BadRequest", "tags.a has to be a string" },
        { "PUT computes/gpu-cluster", "compute", "properties.properties.vmSize", "\"Standard_NC6s_v3\"", 400, "BadRequest", "cannot be changed" },
        { "PUT computes/a", "compute", "tags", "{}", 400, "BadRequest", "compute name 'a' is not valid" },

        // Jobs.
        { "PUT jobs/new", "job", "properties.jobType", Remove, 400, "BadRequest", "'jobType' is required" },
        { "PUT jobs/new", "job", "properties.jobType", "\"Errand\"", 400, "BadRequest", "Errand is not one of" },
        { "PUT jobs/new", "job", "properties.jobType", "\"Sweep\"", 400, "BadRequest", "Pipeline only" },
        { "PUT jobs/new", "job", "properties.experimentname", "\"x\"", 400, "BadRequest", "has to be written 'experimentName'" },
        { "PUT jobs/new", "job", "properties.experimentName", "\"no spaces\"", 400, "BadRequest", "experiment name 'no spaces' is not valid" },
        { "PUT jobs/new", "job", "properties.isArchived", "\"false\"", 400, "BadRequest", "has to be true or false" },
        { "PUT jobs/new", "job", "properties.jobs", Remove, 400, "BadRequest", "'jobs' is required" },
        { "PUT jobs/new", "job", "properties.jobs", "{}", 400, "BadRequest", "has 0" },
        { "PUT jobs/new", "job", "properties.settings.forceRerun", "true", 400, "BadRequest", "has to be written 'force_rerun'" },
        { "PUT jobs/new", "job", "properties.settings.continue_on_step_failure", "\"False\"", 400, "BadRequest", "has to be true or false" },
        { "PUT jobs/new", "job", "properties.settings.default_datastore", "\"elsewhere\"", 400, "UserError", "'elsewhere' was not found" },
        { "PUT jobs/new", "job", Node + "type", Remove, 400, "BadRequest", "'type' is required" },
        { "PUT jobs/new", "job", Node + "type", "\"command\"", 400, "BadRequest", "has to be of type pipeline" },
        { "PUT jobs/new", "job", Node + "component_id", "\"x\"", 400, "BadRequest", "has to be written 'componentId'" },
        { "PUT jobs/new", "job", Node + "componentId", "\"azureml://registries/azureml/components/chat_completion_pipeline/versions/9.9.9\"", 400, "UserError", "was not found in its registry" },
        { "PUT jobs/new", "job", Node + "inputs.colour", """{"job_input_type":"literal","value":"red"}""", 400, "UserError", "is not an input of the component" },
        { "PUT jobs/new", "job", Node + "inputs.seed", """{"jobInputType":"literal","value":"1"}""", 400, "BadRequest", "has to be written 'job_input_type'" },
        { "PUT jobs/new", "job", Node + "inputs.seed", """{"job_input_type":"literal","value":1}""", 400, "BadRequest", "has to be a string" },
        { "PUT jobs/new", "job", Node + "inputs.seed", """{"job_input_type":"literal","value":"one"}""", 400, "UserError", "takes a integer" },
        { "PUT jobs/new", "job", Node + "inputs.learning_rate", """{"job_input_type":"literal","value":"fast"}""", 400, "UserError", "takes a number" },
        { "PUT jobs/new", "job", Node + "inputs.num_train_epochs", """{"job_input_type":"literal","value":"0"}""", 400, "UserError", "is at least 1" },
        { "PUT jobs/new", "job", Node + "inputs.apply_lora", """{"job_input_type":"literal","value":"True"}""", 400, "UserError", "is one of true, false" },
        { "PUT jobs/new", "job", Node + "inputs.precision", """{"job_input_type":"literal","value":"8"}""", 400, "UserError", "is one of 32, 16" },
        { "PUT jobs/new", "job", Node + "inputs.train_file_path", """{"job_input_type":"literal","value":"rows.jsonl"}""", 400, "UserError", "takes a uri_file, not a literal" },
        { "PUT jobs/new", "job", Node + "inputs.train_file_path", """{"job_input_type":"uri_folder","uri":"azureml://datastores/workspaceblobstore/paths/a"}""", 400, "UserError", "takes a uri_file, not a uri_folder" },
        { "PUT jobs/new", "job", Node + "inputs.train_file_path", """{"job_input_type":"uri_file","uri":"azureml://datastores/workspaceblobstore/paths/a'b"}""", 400, "UserError", "apostrophe" },
        { "PUT jobs/new", "job", Node + "inputs.train_file_path", """{"job_input_type":"uri_file","uri":"azureml:rows:1"}""", 400, "UserError", "rows:1 was not found" },
        { "PUT jobs/new", "job", Node + "inputs.train_file_path.mode", "\"Teleport\"", 400, "BadRequest", "Teleport is not one of" },
        { "PUT jobs/new", "job", Node + "inputs.mlflow_model_path.uri", "\"azureml://registries/azureml/models/none/versions/1\"", 400, "UserError", "the model was not found" },
        { "PUT jobs/new", "job", Node + "outputs.colour", """{"type":"literal","value":"${{parent.outputs.trained_model}}"}""", 400, "UserError", "is not an output of the component" },
        { "PUT jobs/new", "job", Node + "outputs.mlflow_model_folder.value", "\"${{parent.outputs.other}}\"", 400, "UserError", "does not name an output" },
        { "PUT jobs/new", "job", "properties.outputs.trained_model", """{"job_output_type":"mlflow_model"}""", 400, "BadRequest", "has to be written 'jobOutputType'" },
        { "PUT jobs/new", "job", "properties.outputs.trained_model.jobOutputType", "\"uri_folder\"", 400, "UserError", "is of type mlflow_model" },
        { "PUT jobs/new", "job", Node + "inputs.compute_finetune.value", "\"no-such-cluster\"", 400, "UserError", "no-such-cluster" },
        { "PUT jobs/-new", "job", "properties.tags", "{}", 400, "BadRequest", "job name '-new' is not valid" },
        { "PUT jobs/job-1", "job", Node + "inputs.seed", """{"job_input_type":"literal","value":"7"}""", 400, "JobPropertyImmutable", "cannot be changed" },

        // Assets.
        { "PUT models/n/versions/1", "model", "properties.modelUri", Remove, 400, "BadRequest", "'modelUri' is required" },
        { "PUT models/n/versions/1", "model", "properties.modelUri", "\"https://example.com/m\"", 400, "UserError", "neither an output of a job" },
        { "PUT models/n/versions/1", "model", "properties.modelUri", "\"azureml://jobs/none/outputs/trained_model\"", 400, "UserError", "The job 'none'" },
        { "PUT models/n/versions/1", "model", "properties.modelUri", "\"azureml://jobs/job-1/outputs/none\"", 400, "UserError", "no output 'none'" },
        { "PUT models/n/versions/1", "model", "properties.modelUri", "\"azureml://jobs/running/outputs/trained_model\"", 400, "UserError", "once it is Completed" },
        { "PUT models/n/versions/1", "model", "properties.modelType", "\"abacus\"", 400, "BadRequest", "'abacus' is not one of" },
        { "PUT models/n/versions/1", "model", "properties.modelType", "\"custom_model\"", 400, "UserError", "not a custom_model" },
        { "PUT models/n/versions/1", "model", "properties.modeluri", "\"x\"", 400, "BadRequest", "has to be written 'modelUri'" },
        { "PUT models/n/versions/1", "model", "properties.tags", "[]", 400, "BadRequest", "has to be an object" },
        { "PUT models/m/versions/1", "model", "properties.modelUri", "\"azureml://jobs/other/outputs/trained_model\"", 400, "UserError", "already exists with different content" },
        { "PUT data/d/versions/1", "data", "properties.dataType", "\"csv\"", 400, "BadRequest", "csv is not one of" },
        { "PUT data/d/versions/1", "data", "properties.dataType", Remove, 400, "BadRequest", "'dataType' is required" },
        { "PUT data/d/versions/1", "data", "properties.dataUri", Remove, 400, "BadRequest", "'dataUri' is required" },
        { "PUT data/d/versions/1", "data", "properties.uri", "\"x\"", 400, "BadRequest", "Could not find the member 'uri'" },

        // Endpoints.
        { "PUT onlineEndpoints/other", "endpoint", "location", Remove, 400, "BadRequest", "'location' is required" },
        { "PUT onlineEndpoints/other", "endpoint", "location", "\"westus\"", 400, "BadRequest", "not the workspace's" },
        { "PUT onlineEndpoints/other", "endpoint", "properties.authMode", Remove, 400, "BadRequest", "'authMode' is required" },
        { "PUT onlineEndpoints/other", "endpoint", "properties.authMode", "\"Password\"", 400, "BadRequest", "Password is not one of Key, AMLToken, AADToken" },
        { "PUT onlineEndpoints/other", "endpoint", "properties.auth_mode", "\"Key\"", 400, "BadRequest", "has to be written 'authMode'" },
        { "PUT onlineEndpoints/other", "endpoint", "properties.publicNetworkAccess", "\"Sometimes\"", 400, "BadRequest", "not one of Enabled, Disabled" },
        { "PUT onlineEndpoints/other", "endpoint", "properties.traffic", """{"blue":100}""", 400, "BadRequest", "does not exist" },
        { "PUT onlineEndpoints/endpoint-1", "endpoint", "properties.traffic", """{"blue":60}""", 400, "BadRequest", "add up to 0 or 100" },
        { "PUT onlineEndpoints/endpoint-1", "endpoint", "properties.traffic", """{"blue":"100"}""", 400, "BadRequest", "has to be an integer" },
        { "PUT onlineEndpoints/endpoint-1", "endpoint", "properties.traffic", """{"blue":101}""", 400, "BadRequest", "0 to 100 percent" },
        { "PUT onlineEndpoints/endpoint-1", "endpoint", "properties.authMode", "\"AMLToken\"", 400, "BadRequest", "cannot be changed" },
        { "PUT onlineEndpoints/ab", "endpoint", "tags", "{}", 400, "BadRequest", "endpoint name 'ab' is not valid" },
        { "PUT onlineEndpoints/1-begins-with-a-digit", "endpoint", "tags", "{}", 400, "BadRequest", "is not valid" },
        { "PUT onlineEndpoints/two--dashes", "endpoint", "tags", "{}", 400, "BadRequest", "is not valid" },
        { "PUT onlineEndpoints/a23456789012345678901234567890123", "endpoint", "tags", "{}", 400, "BadRequest", "3 to 32" },
        { "PUT onlineEndpoints/other", "endpoint", "identity", "{}", 400, "BadRequest", "'type' is required" },
        { "PATCH onlineEndpoints/endpoint-1", "empty", "properties", "{}", 400, "BadRequest", "Could not find the member 'properties'" },
        { "POST onlineEndpoints/endpoint-1/regenerateKeys", "empty", "keyType", "\"Tertiary\"", 400, "BadRequest", "Tertiary is not one of Primary, Secondary" },
        { "POST onlineEndpoints/endpoint-1/regenerateKeys", "empty", "keyValue", "\"x\"", 400, "BadRequest", "'keyType' is required" },

        // Deployments.
        { "PUT onlineEndpoints/none/deployments/blue", "deployment", "tags", "{}", 404, "ResourceNotFound", "'none' was not found" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.endpointComputeType", Remove, 400, "BadRequest", "'endpointComputeType' is required" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.endpointComputeType", "\"Abacus\"", 400, "BadRequest", "Abacus is not one of" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.instanceType", Remove, 400, "BadRequest", "'instanceType' is required" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.instanceType", "\"Standard_NC5\"", 400, "BadRequest", "not supported" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.model", Remove, 400, "BadRequest", "'model' is required" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.model", "\"azureml:none:1\"", 400, "UserError", "none:1 was not found" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.requestSettings.requestTimeout", "\"90000\"", 400, "BadRequest", "ISO 8601 duration" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.requestSettings.requestTimeout", "\"PT181S\"", 400, "BadRequest", "at most 180 seconds" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.requestSettings.maxConcurrentRequestsPerInstance", "0", 400, "BadRequest", "at least 1" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.livenessProbe.initialDelay", "600", 400, "BadRequest", "ISO 8601 duration" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.livenessProbe.initial_delay", "\"PT10M\"", 400, "BadRequest", "has to be written 'initialDelay'" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.privateNetworkConnection", "false", 400, "BadRequest", "Could not find the member 'privateNetworkConnection' in api-version 2024-04-01" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "sku.capacity", "51", 400, "BadRequest", "1 to 50" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "sku.capacity", "0", 400, "BadRequest", "1 to 50" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "sku.capacity", "40", 400, "OutOfQuota", "Not enough quota" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "sku.name", Remove, 400, "BadRequest", "'name' is required" },
        { "PUT onlineEndpoints/endpoint-1/deployments/green", "deployment", "properties.environmentVariables", """{"A":true}""", 400, "BadRequest", "environmentVariables.A has to be a string" },
        { "PUT onlineEndpoints/endpoint-1/deployments/x", "deployment", "tags", "{}", 400, "BadRequest", "deployment name 'x' is not valid" },
        { "POST onlineEndpoints/endpoint-1/deployments/blue/getLogs", "empty", "containerType", "\"Sidecar\"", 400, "BadRequest", "Sidecar is not one of" },
        { "POST onlineEndpoints/endpoint-1/deployments/blue/getLogs", "empty", "tail", "\"10\"", 400, "BadRequest", "has to be an integer" },
    };

    /// <summary>Operation, status, code, and what the message says.</summary>
    public static TheoryData<string, int, string, string> WrongRequests => new()
    {
        { "GET computes/none", 404, "ResourceNotFound", "'none' was not found" },
        { "DELETE computes/gpu-cluster", 400, "BadRequest", "underlyingResourceAction is required" },
        { "DELETE computes/gpu-cluster?underlyingResourceAction=Forget", 400, "BadRequest", "Delete or Detach" },
        { "GET datastores/none", 404, "ResourceNotFound", "'none' was not found" },
        { "POST datastores/workspaceblobstore/listSecrets", 400, "BadRequest", "no secret" },
        { "GET jobs/none", 404, "ResourceNotFound", "'none' was not found" },
        { "POST jobs/none/cancel", 404, "ResourceNotFound", "'none' was not found" },
        { "DELETE jobs/running", 409, "Conflict", "Cancel it before" },
        { "GET jobs?listViewType=Some", 400, "BadRequest", "not one of ActiveOnly, ArchivedOnly, All" },
        { "GET jobs?$skip=many", 400, "BadRequest", "$skip has to be a number" },
        { "GET models/none", 404, "ResourceNotFound", "'none' was not found" },
        { "GET models/m/versions/none", 404, "ResourceNotFound", "m:none was not found" },
        { "GET models/m/versions?$orderBy=colour", 400, "BadRequest", "$orderBy 'colour' is not supported" },
        { "GET data/none/versions/1", 404, "ResourceNotFound", "none:1 was not found" },
        { "GET onlineEndpoints/none", 404, "ResourceNotFound", "'none' was not found" },
        { "POST onlineEndpoints/none/listKeys", 404, "ResourceNotFound", "'none' was not found" },
        { "POST onlineEndpoints/endpoint-1/token", 400, "BadRequest", "not by AMLToken" },
        { "POST onlineEndpoints/endpoint-1/regenerateKeys", 400, "BadRequest", "body is missing" },
        { "POST onlineEndpoints/endpoint-1/deployments/blue/getLogs", 400, "BadRequest", "body is missing" },
        { "GET onlineEndpoints/endpoint-1/deployments/none", 404, "ResourceNotFound", "'none' was not found" },
        { "DELETE onlineEndpoints/endpoint-1/deployments/blue", 400, "UserError", "percent of the traffic" },
        { "PUT computes/other", 400, "BadRequest", "body is missing" },
        { "GET nothings", 404, "ResourceNotFound", "no such operation" },
    };

    [Theory]
    [MemberData(nameof(WrongBodies))]
    public async Task Wrong_body_is_refused_and_changes_nothing(string operation, string body, string path, string value, int status, string code, string message)
    {
        JsonObject sent = Body(body);
        Edit(sent, path, value);

        await RefusedAsync(operation, sent, status, code, message);
    }

    [Theory]
    [MemberData(nameof(WrongRequests))]
    public Task Wrong_request_is_refused_and_changes_nothing(string operation, int status, string code, string message) => RefusedAsync(operation, null, status, code, message);

    [Fact]
    public async Task All_that_is_wrong_with_a_body_is_told_at_once()
    {
        JsonObject body = Bodies.Endpoint();
        Edit(body, "location", Remove);
        Edit(body, "colour", "1");
        Edit(body, "properties.authmode", "\"Key\"");
        Edit(body, "properties.authMode", Remove);
        Edit(body, "properties.publicNetworkAccess", "\"Perhaps\"");

        Answer answer = await fixture.Simulator.Put(fixture.Simulator.Arm("onlineEndpoints/other"), body);

        Assert.Equal(
            ["UnknownMember colour", "MemberMisspelled properties.authmode", "InvalidValue properties.publicNetworkAccess", "MissingMember location"],
            answer.At("error.details")!.AsArray().Select(detail => $"{detail!["code"]} {detail["target"]}").OrderBy(text => text.StartsWith("Missing", StringComparison.Ordinal)).ThenBy(text => text.Contains("properties", StringComparison.Ordinal)).ThenByDescending(text => text, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Body_of_another_media_type_is_refused()
    {
        using StringContent content = new("{}");

        using HttpResponseMessage response = await fixture.Simulator.Http.PutAsync(new Uri(fixture.Simulator.Arm("computes/other"), UriKind.Relative), content);

        Assert.Equal(415, (int)response.StatusCode);
    }

    [Fact]
    public async Task Member_of_an_early_preview_is_known_to_that_preview()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.DeployAsync();
        JsonObject body = Bodies.Deployment(simulator.ModelId());
        Edit(body, "properties.privateNetworkConnection", "false");

        Answer answer = await simulator.Put($"{simulator.Workspace}/{Flow.Deployments}?api-version=2022-02-01-preview", body);

        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task Loose_simulator_lets_unknown_members_through_and_takes_wrong_spelling_for_what_it_means()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(options => options with { Loose = true });
        JsonObject body = Bodies.Endpoint();
        Edit(body, "colour", "1");
        Edit(body, "properties.auth_mode", "\"Key\"");
        Edit(body, "properties.authMode", Remove);

        // Of a version that is in no document, since the documents know no such body.
        Answer answer = await simulator.Put($"{simulator.Workspace}/onlineEndpoints/other?api-version=2022-02-01-preview", body);

        Assert.Equal(201, answer.Status);
        Assert.Equal("Key", answer.TextAt("properties.authMode"));
    }

    private async Task RefusedAsync(string operation, JsonObject? body, int status, string code, string message)
    {
        SimulatorFixture simulator = fixture.Simulator;
        string[] words = operation.Split(' ', 2);
        string before = (await simulator.Get("/simulator/state")).Text;

        Answer answer = await simulator.Send(new HttpMethod(words[0]), simulator.Arm(words[1]), body);

        Assert.True(answer.Status == status, answer.Text);
        Assert.Equal(code, answer.TextAt("error.code"));
        Assert.Contains(message, answer.TextAt("error.message"), StringComparison.Ordinal);
        Assert.Equal("error", answer.Header("x-ms-response-type"));
        Assert.NotNull(answer.At("error.details"));
        Assert.Equal(
            ["ComponentName", "Correlation", "Environment", "Location", "Time"],
            answer.At("error.additionalInfo")!.AsArray().Select(info => info!["type"]!.GetValue<string>()));
        Assert.Equal(before, (await simulator.Get("/simulator/state")).Text);
    }

    private JsonObject Body(string name) => name switch
    {
        "compute" => Bodies.Compute(),
        "job" => Bodies.Job(),
        "model" => Bodies.Model(),
        "data" => Bodies.Parse("""{"properties":{"dataType":"uri_file","dataUri":"azureml://datastores/workspaceblobstore/paths/a"}}"""),
        "endpoint" => Bodies.Endpoint(),
        "deployment" => Bodies.Deployment(fixture.Simulator.ModelId()),
        _ => [],
    };

    private static void Edit(JsonObject body, string path, string value)
    {
        string[] parts = path.Split('.');
        JsonObject parent = parts[..^1].Aggregate(body, (at, part) => at[part]!.AsObject());
        if (value == Remove)
        {
            parent.Remove(parts[^1]);
        }
        else
        {
            parent[parts[^1]] = JsonNode.Parse(value);
        }
    }
}
