using FineTune.Simulator.Faults;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Tests.Simulated;

/// <summary>The client against a service that checks what it is sent and remembers it.</summary>
public sealed class WholeFlowTests
{
    private static readonly IReadOnlyDictionary<string, string> Tags = new Dictionary<string, string> { ["owner"] = "r-1", ["expires"] = "soon" };

    [Fact]
    public async Task A_model_is_tuned_served_and_torn_down()
    {
        await using SimulatedService service = await SimulatedService.StartAsync();
        AzureMachineLearningClient client = service.Client;

        // What there is.
        RegistryModel model = await client.Registry.GetModelAsync(new ModelReference());
        Assert.Equal(("azureml://registries/azureml/models/Phi-4-mini-instruct/versions/5", false), (model.Id, model.IsArchived));
        RegistryComponent component = await client.Registry.GetComponentAsync(new ComponentReference());
        Assert.Equal(["2", "3"], component.Inputs["deepspeed_stage"].Enum);
        Assert.Equal(component.Id, (await client.Registry.GetComponentAsync(new ComponentReference { Version = component.Version })).Id);
        Assert.Contains(await client.Workspace.ListVmSizesAsync(), size => size is { Name: "Standard_NC24ads_A100_v4", Gpus: 1, LinuxPricePerHour: 3.673 });
        Assert.Contains(new CoreQuota("StandardNCADSA100v4Family", 0, 192), await client.Workspace.ListCoreQuotasAsync());
        DatastoreLocation datastore = await client.Datastores.GetDefaultAsync();
        Assert.Equal(("http://127.0.0.1:10000/devstoreaccount1/", "c2VjcmV0"), (datastore.ContainerUri.AbsoluteUri[..40], datastore.Secret));

        // Compute.
        Assert.Null(await client.ComputeClusters.GetAsync("gpu"));
        await service.CreateClusterAsync();
        Assert.Equal(("STANDARD_NC24ADS_A100_V4", "Dedicated", "Succeeded", 2), await client.ComputeClusters.GetAsync("gpu") is { } c ? (c.VmSize, c.VmPriority, c.ProvisioningState, c.MaxNodeCount) : default);

        // Training. The same submission again is the same job.
        PipelineJobSpec spec = await service.SpecAsync("ft-1");
        JobSnapshot submitted = await client.Jobs.SubmitAsync(spec);
        Assert.Equal(JobState.Active, submitted.State);
        Assert.Equal(submitted.StudioUrl, (await client.Jobs.SubmitAsync(spec)).StudioUrl);
        Assert.Empty(await client.Metrics.GetAsync("ft-1", spec.ExperimentName, includeHistories: true));
        JobSnapshot completed = await service.FinishJobAsync("ft-1");
        Assert.Equal((JobState.Completed, null), (completed.State, completed.Error));
        Assert.Equal(
            ["ft_nlp_common_validation", "chat_completion_model_import", "chat_completion_datapreprocess", "chat_completion_finetune", "ft_nlp_model_converter"],
            completed.Steps.Select(step => step.Name));
        Assert.All(completed.Steps, step => Assert.Equal("Completed", step.Status));

        // Metrics.
        IReadOnlyList<MetricSeries> curves = await client.Metrics.GetAsync("ft-1", spec.ExperimentName, includeHistories: true);
        MetricSeries evalLoss = Assert.Single(curves, curve => curve.Key == "eval_loss");
        Assert.Equal(2, evalLoss.Points.Count);
        Assert.True(evalLoss.Points[0].Step < evalLoss.Points[1].Step);
        MetricSeries last = Assert.Single(await client.Metrics.GetAsync("ft-1", spec.ExperimentName, includeHistories: false), curve => curve.Key == "eval_loss");
        Assert.Equal([evalLoss.Points[^1]], last.Points);

        // Registration, also twice.
        var registration = new ModelRegistration("lamps", "1", "azureml://jobs/ft-1/outputs/trained_model", "Knows lamps", Tags);
        RegisteredModel registered = await client.Models.RegisterAsync(registration);
        Assert.EndsWith("/models/lamps/versions/1", registered.Id, StringComparison.Ordinal);
        Assert.Equal(registered, await client.Models.RegisterAsync(registration));

        // Serving: a deployment has to wait for its endpoint, and traffic for the deployment.
        OperationReference? creation = await client.OnlineEndpoints.BeginCreateAsync(new OnlineEndpointSpec("lamps-1", "Knows lamps", Tags));
        var deployment = new OnlineDeploymentSpec("lamps-1", registered.Id, new DeploymentRequest(), Tags);
        UpstreamException early = await Assert.ThrowsAsync<UpstreamException>(() => client.OnlineEndpoints.BeginCreateDeploymentAsync(deployment));
        Assert.Equal(OutcomeKind.Transient, early.Kind);
        Assert.Equal(OperationState.Succeeded, (await service.FinishAsync(creation)).State);
        Assert.Equal(OperationState.Succeeded, (await service.FinishAsync(await client.OnlineEndpoints.BeginCreateDeploymentAsync(deployment))).State);
        Assert.Equal(new OnlineDeployment("demo", "Succeeded", "Standard_NC24ads_A100_v4", 1), await client.OnlineEndpoints.GetDeploymentAsync("lamps-1", "demo"));
        Assert.Contains("ready", await client.OnlineEndpoints.GetDeploymentLogsAsync("lamps-1", "demo", 10), StringComparison.Ordinal);

        ChatMessage[] question = [new("user", "Does the desk lamp dim?")];
        ScoringAnswer pinned = await client.OnlineEndpoints.ScoreAsync("lamps-1", "demo", question, new SmokeTestRequest());
        Assert.Equal("demo", pinned.Deployment);
        Assert.NotEqual("", pinned.Text);
        Assert.Equal(OutcomeKind.NotFound, (await Assert.ThrowsAsync<UpstreamException>(
            () => client.OnlineEndpoints.ScoreAsync("lamps-1", null, question, new SmokeTestRequest()))).Kind);

        await service.FinishAsync(await client.OnlineEndpoints.BeginSetTrafficAsync("lamps-1", "demo", 100));
        OnlineEndpoint? endpoint = await client.OnlineEndpoints.GetAsync("lamps-1");
        Assert.Equal(100, endpoint!.Traffic["demo"]);
        Assert.Equal(Tags, endpoint.Tags);
        Assert.Equal(pinned.Text, (await client.OnlineEndpoints.ScoreAsync("lamps-1", null, question, new SmokeTestRequest())).Text);

        await client.OnlineEndpoints.UpdateTagsAsync("lamps-1", new Dictionary<string, string> { ["expires"] = "later" });
        Assert.Equal(new Dictionary<string, string> { ["owner"] = "r-1", ["expires"] = "later" }, (await client.OnlineEndpoints.GetAsync("lamps-1"))!.Tags);

        // The end.
        Assert.Equal(OperationState.Succeeded, (await service.FinishAsync(await client.OnlineEndpoints.BeginDeleteAsync("lamps-1"))).State);
        Assert.Null(await client.OnlineEndpoints.GetAsync("lamps-1"));
        Assert.Null(await client.OnlineEndpoints.BeginDeleteAsync("lamps-1"));
    }

    [Fact]
    public async Task The_notebooks_archived_model_is_named_and_can_be_had_explicitly()
    {
        await using SimulatedService service = await SimulatedService.StartAsync();

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(
            () => service.Client.Registry.GetModelAsync(new ModelReference { Name = "Phi-3-mini-4k-instruct" }));
        RegistryModel model = await service.Client.Registry.GetModelAsync(new ModelReference { Name = "Phi-3-mini-4k-instruct", Version = "15" });

        Assert.Equal("NoActiveVersion", e.Failure.Code);
        Assert.Contains("15", e.Failure.NextStep, StringComparison.Ordinal);
        Assert.True(model.IsArchived);
        Assert.Contains("Standard_NC24ads_A100_v4", model.Tags["finetune_compute_allow_list"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoints_are_listed_over_several_pages()
    {
        await using SimulatedService service = await SimulatedService.StartAsync();
        string[] names = ["ep-a", "ep-b", "ep-c", "ep-d", "ep-e"];
        foreach (string name in names)
        {
            await service.Client.OnlineEndpoints.BeginCreateAsync(new OnlineEndpointSpec(name, "", Tags));
        }

        var listed = new List<string>();
        await foreach (OnlineEndpoint endpoint in service.Client.OnlineEndpoints.ListAsync())
        {
            listed.Add(endpoint.Name);
        }

        Assert.Equal(names, listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_canceled_job_ends_canceled_and_canceling_it_again_or_another_is_harmless()
    {
        await using SimulatedService service = await SimulatedService.StartAsync();
        await service.CreateClusterAsync();
        await service.Client.Jobs.SubmitAsync(await service.SpecAsync("ft-1"));

        await service.Client.Jobs.CancelAsync("ft-1");
        await service.Client.Jobs.CancelAsync("ft-1");
        JobSnapshot canceled = await service.FinishJobAsync("ft-1");
        await service.Client.Jobs.CancelAsync("ft-1");
        await service.Client.Jobs.CancelAsync("never-was");

        Assert.Equal(JobState.Canceled, canceled.State);
    }

    [Fact]
    public async Task A_job_with_an_unknown_input_is_refused_in_the_services_words()
    {
        await using SimulatedService service = await SimulatedService.StartAsync();
        await service.CreateClusterAsync();
        PipelineJobSpec spec = await service.SpecAsync("ft-1");

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => service.Client.Jobs.SubmitAsync(
            spec with { LiteralInputs = new Dictionary<string, string>(spec.LiteralInputs) { ["learning_rate_min"] = "5e-07" } }));

        Assert.Equal(OutcomeKind.Invalid, e.Kind);
        Assert.Contains("learning_rate_min", e.Failure.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Failure.RequestId);
    }

    [Fact]
    public async Task A_submission_whose_answer_got_lost_is_one_job()
    {
        await using SimulatedService service = await SimulatedService.StartAsync(new FaultRule { Kind = FaultKind.DropAfterApply, Method = "PUT", Path = "/jobs/" });
        await service.CreateClusterAsync();

        JobSnapshot job = await service.Client.Jobs.SubmitAsync(await service.SpecAsync("ft-1"));

        Assert.Equal(JobState.Active, job.State);
    }

    [Fact]
    public async Task A_failed_step_is_named_with_its_reason()
    {
        await using SimulatedService service = await SimulatedService.StartAsync(new FaultRule { Kind = FaultKind.JobStepFails, Method = "PUT", Path = "/jobs/", Message = "The moon was in the way." });
        await service.CreateClusterAsync();
        await service.Client.Jobs.SubmitAsync(await service.SpecAsync("ft-1"));

        JobSnapshot failed = await service.FinishJobAsync("ft-1");

        Assert.Equal(JobState.Failed, failed.State);
        Assert.Equal("job ft-1, step chat_completion_finetune", failed.Error!.Where);
        Assert.Contains("The moon was in the way.", failed.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_quota_is_told_from_missing_capacity()
    {
        await using SimulatedService service = await SimulatedService.StartAsync(
            new FaultRule { Kind = FaultKind.ComputeProvisioningFails, Method = "PUT", Path = "/computes/gpu" },
            new FaultRule { Kind = FaultKind.Status, Path = "/computes/other", StatusCode = 409, ErrorCode = "ClusterCoreQuotaReached" });

        OperationStatus failed = await service.FinishAsync(await service.Client.ComputeClusters.BeginCreateAsync(new ComputeRequest { Name = "gpu" }, lowPriority: false));
        UpstreamException refused = await Assert.ThrowsAsync<UpstreamException>(
            () => service.Client.ComputeClusters.BeginCreateAsync(new ComputeRequest { Name = "other" }, lowPriority: false));
        ComputeCluster? cluster = await service.Client.ComputeClusters.GetAsync("gpu");

        Assert.Equal((OperationState.Failed, OutcomeKind.Capacity), (failed.State, failed.ErrorKind));
        Assert.Equal(OutcomeKind.Quota, refused.Kind);
        Assert.Equal(("Failed", "OutOfCapacity"), (cluster!.ProvisioningState, cluster.ProvisioningError!.Code));
    }

    [Fact]
    public async Task Throttling_is_ridden_out_when_brief_and_reported_when_long()
    {
        await using SimulatedService service = await SimulatedService.StartAsync(
            new FaultRule { Kind = FaultKind.Status, Path = "/computes/brief", StatusCode = 429, Times = 2 },
            new FaultRule { Kind = FaultKind.Status, Path = "/computes/long", StatusCode = 429, RetryAfterSeconds = 60, Times = 0 });

        Assert.Null(await service.Client.ComputeClusters.GetAsync("brief"));
        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => service.Client.ComputeClusters.GetAsync("long"));

        Assert.Equal((OutcomeKind.Transient, TimeSpan.FromMinutes(1)), (e.Kind, e.RetryAfter));
    }

    [Fact]
    public async Task A_connection_that_is_cut_every_time_is_transient()
    {
        await using SimulatedService service = await SimulatedService.StartAsync(new FaultRule { Kind = FaultKind.Drop, Path = "/computes/", Times = 0 });

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => service.Client.ComputeClusters.GetAsync("c"));

        Assert.Equal((OutcomeKind.Transient, "ServiceUnreachable"), (e.Kind, e.Failure.Code));
    }
}
