using System.Text.Json.Nodes;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Tests.Recorded;

/// <summary>The client understands what the real service was recorded to answer.</summary>
public sealed class RealServiceTests
{
    private readonly ScriptedService _service = new();

    private AzureMachineLearningClient Client => _service.Client();

    [RecordedFact]
    public async Task A_cluster()
    {
        On("GET " + ScriptedService.Url("/computes/cpu-cluster"), "compute_get");

        ComputeCluster? cluster = await Client.ComputeClusters.GetAsync("cpu-cluster");

        Assert.Equal(("cpu-cluster", "STANDARD_DS2_V2", "Dedicated", "Succeeded", 4, "AmlCompute"), (cluster!.Name, cluster.VmSize, cluster.VmPriority, cluster.ProvisioningState, cluster.MaxNodeCount, cluster.ComputeType));
        Assert.Null(cluster.ProvisioningError);
    }

    [RecordedFact]
    public async Task A_cluster_that_is_being_created()
    {
        On("GET " + ScriptedService.Url(""), "workspace_get");
        On("PUT " + ScriptedService.Url("/computes/c"), "compute_put");

        OperationReference? operation = await Client.ComputeClusters.BeginCreateAsync(new ComputeRequest { Name = "c" }, lowPriority: false);

        Assert.Equal((string?)Recordings.Answer("compute_put")["headers"]!["Azure-AsyncOperation"], operation!.Url);
        Assert.Contains("eastus2", _service.Last.Body, StringComparison.Ordinal);
    }

    [RecordedFact]
    public async Task Operations_that_run_and_that_are_done()
    {
        const string address = ScriptedService.Arm + "/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/l/mfeOperationsStatus/oe:1?api-version=2024-04-01";
        var operation = new OperationReference(address, OperationStyle.AzureAsyncOperation);
        On("GET " + address, "mfe_operation_status_running");
        On("GET " + address, "mfe_operation_status_done");
        On("GET " + address, "compute_operation_status");

        Assert.Equal((OperationState.Running, 0.0), await StatusAsync());
        Assert.Equal((OperationState.Succeeded, 100.0), await StatusAsync());
        Assert.Equal((OperationState.Succeeded, 100.0), await StatusAsync());

        async Task<(OperationState, double?)> StatusAsync() =>
            await Client.Operations.GetStatusAsync(operation) is { } status ? (status.State, status.PercentComplete) : default;
    }

    [RecordedFact]
    public async Task A_datastore_and_its_key()
    {
        JsonNode store = Recordings.Answer("datastore_get")["body"]!;
        _service.On("GET " + ScriptedService.Url("/datastores", "&isDefault=true"), body: new JsonObject { ["value"] = new JsonArray(store.DeepClone()) }.ToJsonString());
        On("POST " + ScriptedService.Url("/datastores/workspaceblobstore/listSecrets"), "datastore_listSecrets");

        DatastoreLocation datastore = await Client.Datastores.GetDefaultAsync();

        Assert.Equal(("workspaceblobstore", "sa1", DatastoreCredentialsType.AccountKey, "<base64>"), (datastore.DatastoreName, datastore.AccountName, datastore.CredentialsType, datastore.Secret));
        Assert.Equal("sa1.blob.core.windows.net", datastore.ContainerUri.Host);
    }

    [RecordedFact]
    public async Task A_job_that_was_accepted_and_one_that_was_refused()
    {
        var job = new PipelineJobSpec
        {
            Name = "j",
            DisplayName = "d",
            ExperimentName = "e",
            ComponentId = "c",
            AssetInputs = new Dictionary<string, JobAssetInput>(),
            LiteralInputs = new Dictionary<string, string>(),
        };
        On("PUT " + ScriptedService.Url("/jobs/j"), "job_put");
        On("PUT " + ScriptedService.Url("/jobs/j"), "job_put_400");
        _service.On("GET " + ScriptedService.Url("/jobs/j"), 404);

        JobSnapshot accepted = await Client.Jobs.SubmitAsync(job);
        UpstreamException refused = await Assert.ThrowsAsync<UpstreamException>(() => Client.Jobs.SubmitAsync(job));

        Assert.Equal(("Preparing", JobState.Active), (accepted.Status, accepted.State));
        Assert.StartsWith("https://ml.azure.com/runs/", accepted.StudioUrl, StringComparison.Ordinal);
        Assert.Equal((OutcomeKind.Invalid, "RequestRefused", "BadRequest"), (refused.Kind, refused.Failure.Code, refused.Failure.UpstreamCode));
        Assert.Contains("Invalid region eastus2", refused.Failure.Message, StringComparison.Ordinal);
    }

    [RecordedFact]
    public async Task The_steps_of_a_job()
    {
        _service.WithWorkspace().On("GET " + ScriptedService.Url("/jobs/j"), body: """{"properties":{"status":"Completed"}}""");
        JsonNode children = Recordings.Answer("runhistory_children")["body"]!;
        children["value"]![0]!["runId"] = "child-1"; // The recording's is cut short.
        _service.On($"GET {ScriptedService.History}/runs/j/children", body: children.ToJsonString()).On($"GET {ScriptedService.History}/runs/child-1/children", 404);

        JobSnapshot job = await Client.Jobs.GetAsync("j");

        Assert.Equal([new JobStep("hello_world_inline_commandjob_1", "Completed")], job.Steps);
    }

    [RecordedFact]
    public async Task A_registered_model()
    {
        On("PUT " + ScriptedService.Url("/models/m/versions/1"), "model_version_put");

        RegisteredModel model = await Client.Models.RegisterAsync(new ModelRegistration("m", "1", "azureml://jobs/j/outputs/trained_model", "", new Dictionary<string, string>()));

        Assert.Equal((string?)Recordings.Answer("model_version_put")["body"]!["id"], model.Id);
    }

    [RecordedFact]
    public async Task An_endpoint_that_is_being_created_its_deployment_and_its_deletion()
    {
        string url = ScriptedService.Url("/onlineEndpoints/ep");
        On("GET " + ScriptedService.Url(""), "workspace_get");
        On("PUT " + url, "endpoint_put");
        On("GET " + url, "endpoint_put", status: 200);
        On("GET " + ScriptedService.Url("/onlineEndpoints/ep/deployments/d"), "deployment_get");
        On("DELETE " + url, "endpoint_delete");
        IOnlineEndpoints endpoints = Client.OnlineEndpoints;

        OperationReference? creation = await endpoints.BeginCreateAsync(new OnlineEndpointSpec("ep", "", new Dictionary<string, string>()));
        OnlineEndpoint? endpoint = await endpoints.GetAsync("ep");
        OnlineDeployment? deployment = await endpoints.GetDeploymentAsync("ep", "d");
        OperationReference? deletion = await endpoints.BeginDeleteAsync("ep");

        Assert.Contains("/mfeOperationsStatus/oe:", creation!.Url, StringComparison.Ordinal);
        Assert.Equal(("Creating", null), (endpoint!.ProvisioningState, endpoint.ScoringUri));
        Assert.Equal(("Succeeded", "Standard_F4s_v2", 1), (deployment!.ProvisioningState, deployment.InstanceType, deployment.InstanceCount));
        Assert.Equal(OperationStyle.AzureAsyncOperation, deletion!.Style);
    }

    private void On(string request, string recorded, int? status = null)
    {
        JsonNode answer = Recordings.Answer(recorded);
        _service.On(
            request,
            status ?? (int)answer["status"]!,
            answer["body"]?.ToJsonString() ?? "null",
            [.. (answer["headers"]?.AsObject() ?? []).Select(header => (header.Key, (string)header.Value!))]);
    }
}
