using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Tests.Orchestrations;

public sealed class FineTuneRunTests
{
    private static readonly RunState[] WholeRoad =
    [
        RunState.Planning, RunState.PreparingDataset, RunState.ProvisioningCompute, RunState.Submitting, RunState.Training, RunState.Reviewing,
        RunState.Registering, RunState.Deploying, RunState.SmokeTesting, RunState.Serving, RunState.TearingDown, RunState.Completed,
    ];

    [Fact]
    public async Task A_run_goes_the_whole_road_and_leaves_nothing_that_bills()
    {
        await using RunHarness harness = await RunHarness.StartAsync();

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal(WholeRoad, status.Steps.Select(step => step.State));
        Assert.Equal((1, 1, 1, 1), (harness.Azure.ClustersCreated, harness.Azure.JobsCreated, harness.Azure.ModelsCreated, harness.Azure.EndpointsCreated));
        harness.AssertNothingLeft();
        Assert.True(status.Endpoint!.Deleted);
        Assert.Equal(1.5, status.Job!.Epochs[^1].TrainLoss);
        Assert.Contains($"{RunHarness.RunId}/report.json", harness.Azure.Records.Keys);
        Assert.NotNull(status.ReportUri);
    }

    [Fact]
    public async Task The_endpoint_serves_for_its_time_to_live()
    {
        await using RunHarness harness = await RunHarness.StartAsync();

        RunStatus status = await harness.RunToEndAsync(RunHarness.Request with { TimeToLive = TimeSpan.FromHours(7) });

        RunStep serving = status.Steps.Single(step => step.State == RunState.Serving);
        Assert.Equal(TimeSpan.FromHours(7), serving.EndedAt - serving.StartedAt);
    }

    [Fact]
    public async Task The_job_carries_what_the_notebook_sends()
    {
        await using RunHarness harness = await RunHarness.StartAsync();

        await harness.RunToEndAsync();

        PipelineJobSpec job = harness.Azure.OnlyJob;
        Assert.Equal("Phi-4-mini-instruct-ultrachat-bs1-cosine-ds2-lora-save_limit-1-seqlen-1", job.DisplayName);
        Assert.Equal("chat_completion_Phi-4-mini-instruct", job.ExperimentName);
        Assert.Equal("2", job.LiteralInputs["num_train_epochs"]);
        Assert.Equal("16", job.LiteralInputs["precision"]);
        Assert.Equal("1", job.LiteralInputs["number_of_gpu_to_use_finetuning"]);
        Assert.Equal("gpu-cluster-big", job.LiteralInputs["compute_model_evaluation"]);
        Assert.DoesNotContain("learning_rate_min", job.LiteralInputs.Keys);
        JobAssetInput train = job.AssetInputs["train_file_path"];
        Assert.Equal("uri_file", train.Type);
        Assert.Matches("^azureml://datastores/workspaceblobstore/paths/LocalUpload/[0-9a-f]{32}/train_sft.jsonl$", train.Uri);
        Assert.DoesNotContain("validation_file_path", job.AssetInputs.Keys);
    }

    [Fact]
    public async Task An_existing_cluster_is_used_as_it_is()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.Cluster = new ComputeCluster("/computes/c", "gpu-cluster-big", "STANDARD_ND96ASR_V4", "Dedicated", "Succeeded", 4);

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal(RunState.Completed, status.State);
        Assert.Equal(0, harness.Azure.ClustersCreated);
        Assert.Equal("8", harness.Azure.OnlyJob.LiteralInputs["number_of_gpu_to_use_finetuning"]);
        Assert.Contains(status.Warnings, warning => warning.Contains("has no effect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Low_priority_is_used_only_when_dedicated_is_refused_for_quota_and_the_request_allows_it()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.ClusterCreation = QuotaRefusal;

        RunStatus status = await harness.RunToEndAsync(RunHarness.Request with { Compute = new ComputeRequest { AllowLowPriority = true } });

        Assert.Equal(RunState.Completed, status.State);
        Assert.Equal("LowPriority", harness.Azure.Cluster!.VmPriority);
        Assert.Contains(status.Warnings, warning => warning.Contains("low-priority", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Low_priority_is_not_used_unasked()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.ClusterCreation = QuotaRefusal;

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal(RunState.Failed, status.State);
        Assert.Equal("QuotaExceeded", status.Failure!.Code);
        Assert.Equal(1, harness.Azure.ClustersCreated);
        Assert.Equal(0, harness.Azure.JobsCreated);
    }

    [Fact]
    public async Task All_that_the_subscription_lacks_is_told_at_once_before_anything_is_read_or_made()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.Quotas = [new CoreQuota("standardNCADSA100v4Family", 0, 12)];
        harness.Azure.Permissions = [new PermissionSet(["*/read"], [])];
        harness.Azure.OnCall = call =>
        {
            if (call is "CheckDatastore" or "GetModelAsync")
            {
                throw new Ports.UpstreamException(OutcomeKind.Denied, new Failure("AccessDenied", $"{call} says no.") { NextStep = "Ask." });
            }
        };

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal([RunState.Planning, RunState.Failed], status.Steps.Select(step => step.State));
        Assert.Equal("SeveralProblems", status.Failure!.Code);
        Assert.Contains("CheckDatastore says no.", status.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("GetModelAsync says no.", status.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("PermissionMissing", status.Failure.Message, StringComparison.Ordinal);

        await using RunHarness second = await RunHarness.StartAsync();
        second.Azure.Quotas = harness.Azure.Quotas;
        second.Azure.Permissions = harness.Azure.Permissions;
        status = await second.RunToEndAsync();
        Assert.All(["TrainingQuotaTooSmall", "ServingQuotaTooSmall", "PermissionMissing"], code => Assert.Contains(code, status.Failure!.Message, StringComparison.Ordinal));
        Assert.Equal((0, 0, 0), (second.Azure.ClustersCreated, second.Azure.JobsCreated, second.Azure.EndpointsCreated));
        Assert.DoesNotContain("UploadAsync", second.Azure.Calls);
    }

    [Fact]
    public async Task What_may_pass_by_itself_is_a_warning()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.Quotas = [new CoreQuota("standardNCADSA100v4Family", 40, 48)];
        harness.Azure.Cluster = new ComputeCluster("/c", RunHarness.Request.Compute.Name, "STANDARD_NC24ADS_A100_V4", "Dedicated", "Succeeded", 2);
        harness.Azure.Permissions = null;

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal(RunState.Completed, status.State);
        Assert.Equal(2, status.Warnings.Count(warning => warning.Contains("40 of the 48 cores", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_refused_dataset_creates_nothing_in_the_workspace()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        var finding = new DatasetFinding("UnknownRole", "chat.jsonl", 3, "The role 'robot' is not known.");
        harness.Azure.Preparation = new DatasetPreparationResult([], InMemoryAzure.Report(10, 1, finding), new Failure("DatasetRefused", "1 of 10 rows is invalid."));

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal([RunState.Planning, RunState.PreparingDataset, RunState.Failed], status.Steps.Select(step => step.State));
        Assert.Equal("DatasetRefused", status.Failure!.Code);
        Assert.Equal(finding, Assert.Single(status.Findings));
        Assert.Equal((0, 0, 0), (harness.Azure.ClustersCreated, harness.Azure.JobsCreated, harness.Azure.EndpointsCreated));
        Assert.DoesNotContain("UploadAsync", harness.Azure.Calls);
        Assert.Contains($"{RunHarness.RunId}/dataset-report.json", harness.Azure.Records.Keys);
    }

    [Fact]
    public async Task All_problems_of_a_plan_are_told_at_once()
    {
        await using RunHarness harness = await RunHarness.StartAsync();

        RunStatus status = await harness.RunToEndAsync(RunHarness.Request with
        {
            Compute = new ComputeRequest { Size = "Standard_NC6" },
            Deployment = new DeploymentRequest { InstanceType = "Standard_Nowhere" },
            Parameters = new Dictionary<string, JsonElement> { ["num_train_epochz"] = JsonSerializer.SerializeToElement(3) },
        });

        Assert.Equal(RunState.Failed, status.State);
        Assert.Contains("num_train_epochz", status.Failure!.Message, StringComparison.Ordinal);
        Assert.Contains("Standard_NC6", status.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("Standard_Nowhere", status.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_job_fails_the_run_with_the_jobs_own_reason()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.JobEnd = JobState.Failed;

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal(RunState.Failed, status.State);
        Assert.Equal("CUDA out of memory", status.Failure!.Message);
        Assert.Equal(0, harness.Azure.ModelsCreated);
        harness.AssertNothingLeft();
    }

    [Fact]
    public async Task A_job_canceled_in_the_studio_cancels_the_run()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.JobEnd = JobState.Canceled;

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal((RunState.Canceled, "JobCanceled"), (status.State, status.Failure!.Code));
    }

    [Fact]
    public async Task A_metric_outside_its_gate_stops_before_registration()
    {
        await using RunHarness harness = await RunHarness.StartAsync();

        RunStatus status = await harness.RunToEndAsync(RunHarness.Request with
        {
            MetricGates = new Dictionary<string, MetricGate> { ["eval_loss"] = new(Max: 1.0) },
        });

        Assert.Equal((RunState.Failed, "MetricGateNotMet"), (status.State, status.Failure!.Code));
        Assert.Equal(0, harness.Azure.ModelsCreated);
        Assert.Contains($"{RunHarness.RunId}/metrics.json", harness.Azure.Records.Keys);
    }

    [Fact]
    public async Task A_failed_deployment_leaves_its_log_and_no_endpoint()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.Deployment = new OperationStatus(OperationState.Failed) { Error = new Failure("ResourceNotReady", "Liveness probe failed with 502.") };

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal((RunState.Failed, "ResourceNotReady"), (status.State, status.Failure!.Code));
        Assert.Contains("last words", harness.Azure.Records[$"{RunHarness.RunId}/deployment.log"], StringComparison.Ordinal);
        Assert.Equal(1, harness.Azure.EndpointsCreated);
        harness.AssertNothingLeft();
    }

    [Fact]
    public async Task An_empty_answer_fails_the_smoke_test_before_traffic_is_shifted()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.Answer = "  ";

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal((RunState.Failed, "SmokeTestFailed"), (status.State, status.Failure!.Code));
        Assert.DoesNotContain("BeginSetTrafficAsync", harness.Azure.Calls);
        harness.AssertNothingLeft();
    }

    [Fact]
    public async Task An_endpoint_of_somebody_else_is_never_touched()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        string name = FineTune.Workflow.Rules.ResourceNames.Endpoint(RunHarness.RunId, "ultrachat");
        await ((Ports.IOnlineEndpoints)harness.Azure).BeginCreateAsync(new OnlineEndpointSpec(name, "Not ours", new Dictionary<string, string>()));

        RunStatus status = await harness.RunToEndAsync();

        Assert.Equal((RunState.Failed, "EndpointNameTaken"), (status.State, status.Failure!.Code));
        Assert.Equal(name, Assert.Single(harness.Azure.Endpoints).Key);
        Assert.DoesNotContain("BeginDeleteAsync", harness.Azure.Calls);
    }

    [Fact]
    public async Task A_dropped_dataset_waits_for_its_request_and_takes_it()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.RequestFile = new Ports.RunRequestFile("incoming/chat.run.json", """{"datasetName":"mine","timeToLive":"PT2H"}"""u8.ToArray());

        RunStatus status = await harness.RunToEndAsync(drop: new DroppedDataset("datasets", "incoming/chat.jsonl", "0x1"));

        Assert.Equal(RunState.Completed, status.State);
        Assert.Equal(TimeSpan.FromSeconds(2), status.Steps[0].EndedAt - status.Steps[0].StartedAt);
        Assert.Equal("incoming/chat.jsonl", status.DatasetPath);
        Assert.Contains("-mine-", harness.Azure.OnlyJob.DisplayName, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dropped_dataset_that_was_overwritten_meanwhile_is_left_to_the_newer_drop()
    {
        await using RunHarness harness = await RunHarness.StartAsync();

        RunStatus status = await harness.RunToEndAsync(drop: new DroppedDataset("datasets", "incoming/chat.jsonl", "0x0"));

        Assert.Equal((RunState.Failed, "DatasetReplaced"), (status.State, status.Failure?.Code));
        Assert.Equal(0, harness.Azure.JobsCreated);
    }

    [Fact]
    public async Task A_broken_run_json_fails_the_run_with_the_place_of_the_error()
    {
        await using RunHarness harness = await RunHarness.StartAsync();
        harness.Azure.RequestFile = new Ports.RunRequestFile("incoming/chat.run.json", """{"timeToLife":"PT2H"}"""u8.ToArray());

        RunStatus status = await harness.RunToEndAsync(drop: new DroppedDataset("datasets", "incoming/chat.jsonl", "0x1"));

        Assert.Equal((RunState.Failed, "RunRequestInvalid"), (status.State, status.Failure!.Code));
        Assert.Contains("timeToLive", status.Failure.Message, StringComparison.Ordinal);
        Assert.Equal("incoming/chat.run.json", status.Failure.Where);
    }

    private static OperationStatus QuotaRefusal => new(OperationState.Failed)
    {
        ErrorKind = OutcomeKind.Quota,
        Error = new Failure("QuotaExceeded", "0 of 0 dedicated cores are left; 24 are needed."),
    };
}
