using System.Text.Json.Nodes;
using FineTune.Simulator.Faults;

namespace FineTune.Simulator.Tests;

public sealed class JobTests
{
    private static readonly string[] StepNames =
        ["ft_nlp_common_validation", "chat_completion_model_import", "chat_completion_datapreprocess", "chat_completion_finetune", "ft_nlp_model_converter"];

    [Fact]
    public async Task Submitted_job_shows_what_was_sent_and_what_the_service_adds()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();

        Answer job = await simulator.Get(simulator.Arm("jobs/" + Flow.Job));

        Assert.Equal("Preparing", job.TextAt("properties.status"));
        Assert.Equal("phi-small-chat", job.TextAt("properties.displayName"));
        Assert.Equal("PipelineRun", job.At("properties.properties")!["azureml.runsource"]!.GetValue<string>().Split('.')[1]);
        Assert.Equal("False", job.At("properties.properties")!["azureml.continue_on_step_failure"]!.GetValue<string>());
        Assert.Equal("Tracking", job.TextAt("properties.services.Tracking.jobServiceType"));
        Assert.StartsWith("https://ml.azure.com/runs/job-1?wsid=", job.TextAt("properties.services.Studio.endpoint"), StringComparison.Ordinal);
        Assert.Equal("mlflow_model", job.TextAt("properties.outputs.trained_model.jobOutputType"));
        Assert.True(JsonNode.DeepEquals(Bodies.Job()["properties"]!["jobs"], job.At("properties.jobs")));
    }

    [Fact]
    public async Task Job_goes_through_its_states_and_steps_as_time_goes_by()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();

        List<string> states = [];
        List<string> stepStates = [];
        for (int i = 0; i < 60 * 6; i++)
        {
            JsonNode job = (await simulator.Get("/simulator/state")).At("jobs.0")!;
            Note(states, job["status"]!.GetValue<string>());
            Note(stepStates, job["steps"]![3]!["status"]!.GetValue<string>());
            simulator.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(["Preparing", "Running", "Finalizing", "Completed"], states);
        Assert.Equal(["NotStarted", "Queued", "Preparing", "Running", "Finalizing", "Completed"], stepStates);
    }

    [Fact]
    public async Task Steps_of_the_component_are_grandchildren_of_the_job()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.TrainAsync();

        Answer root = await simulator.Get(simulator.History("runs/" + Flow.Job));
        Answer children = await simulator.Get(simulator.History($"runs/{Flow.Job}/children"));
        string node = children.TextAt("value.0.runId")!;
        Answer grandchildren = await simulator.Get(simulator.History($"runs/{node}/children"));

        Assert.Equal("azureml.PipelineRun", root.TextAt("runType"));
        Assert.Null(root.At("parentRunId"));
        Assert.Equal("chat_completion_pipeline", children.TextAt("value.0.displayName"));
        Assert.Single(children.At("value")!.AsArray());
        Assert.Equal(StepNames, grandchildren.At("value")!.AsArray().Select(run => run!["displayName"]!.GetValue<string>()));
        Assert.All(grandchildren.At("value")!.AsArray(), run =>
        {
            Assert.Equal("Completed", run!["status"]!.GetValue<string>());
            Assert.Equal(Flow.Job, run["rootRunId"]!.GetValue<string>());
            Assert.Equal(node, run["parentRunId"]!.GetValue<string>());
            Assert.Equal("azureml.StepRun", run["runType"]!.GetValue<string>());
            Assert.Equal(Bodies.Cluster, run["target"]!.GetValue<string>());
        });
        Assert.Equal("chat_completion_finetune", grandchildren.At("value.3.properties")!["azureml.moduleName"]!.GetValue<string>());
    }

    [Fact]
    public async Task Child_job_has_no_properties_over_arm()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        string child = (await simulator.Get(simulator.History($"runs/{Flow.Job}/children"))).TextAt("value.0.runId")!;

        Answer answer = await simulator.Get(simulator.Arm("jobs/" + child));

        Assert.Equal(200, answer.Status);
        Assert.Null(answer.At("properties"));
    }

    [Fact]
    public async Task Same_job_again_is_answered_but_not_run_twice()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        simulator.Advance(TimeSpan.FromMinutes(10));
        JsonObject again = Bodies.Job();
        again["properties"]!["tags"]!["run"] = "r2";

        Answer answer = await simulator.Put(simulator.Arm("jobs/" + Flow.Job), again);
        Answer list = await simulator.Get(simulator.Arm("jobs"));

        Assert.Equal(200, answer.Status);
        Assert.Equal("Running", answer.TextAt("properties.status"));
        Assert.Equal("r2", answer.TextAt("properties.tags.run"));
        Assert.Single(list.At("value")!.AsArray());
    }

    [Fact]
    public async Task Another_job_under_the_same_name_is_refused()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();

        Answer answer = await simulator.Put(simulator.Arm("jobs/" + Flow.Job), Bodies.Job().Input("num_train_epochs", "4"));

        Assert.Equal(400, answer.Status);
        Assert.Equal("JobPropertyImmutable", answer.TextAt("error.code"));
    }

    [Theory]
    [InlineData("num_train_epochs", "0", "at least 1")]
    [InlineData("num_train_epochs", "three", "integer")]
    [InlineData("num_train_epochs", "1.5", "integer")]
    [InlineData("learning_rate", "fast", "number")]
    [InlineData("learning_rate", "NaN", "number")]
    [InlineData("learning_rate_min", "1e-7", "not an input")]
    [InlineData("deepspeed_stage", "4", "one of 2, 3")]
    [InlineData("apply_lora", "True", "one of true, false")]
    [InlineData("lr_scheduler_type", "Cosine", "one of linear")]
    [InlineData("task_name", "Translation", "ChatCompletion")]
    [InlineData("compute_finetune", "no-such-cluster", "not found")]
    [InlineData("train_file_path", "train.jsonl", "takes a uri_file")]
    [InlineData("num_train_epochs", "${{parent.inputs.epochs}}", "does not name an input")]
    public async Task Input_that_the_component_does_not_take_is_refused(string name, string value, string about)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateClusterAsync();

        Answer answer = await simulator.Put(simulator.Arm("jobs/" + Flow.Job), Bodies.Job().Input(name, value));

        Assert.Equal(400, answer.Status);
        Assert.Contains(about, answer.TextAt("error.message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jobType", null, "jobType")]
    [InlineData("jobType", "\"Abacus\"", "Abacus")]
    [InlineData("jobType", "\"Command\"", "Pipeline only")]
    [InlineData("experimentName", "\"an experiment/1\"", "experiment name")]
    [InlineData("tags", "{\"n\":1}", "a string")]
    [InlineData("jobs", null, "jobs")]
    [InlineData("jobs", "{}", "one node")]
    [InlineData("jobs.chat_completion_pipeline.type", "\"command\"", "pipeline")]
    [InlineData("jobs.chat_completion_pipeline.componentId", null, "componentId")]
    [InlineData("jobs.chat_completion_pipeline.componentId", "\"azureml://registries/azureml/components/chat_completion_pipeline/versions/9.9.9\"", "not found")]
    [InlineData("jobs.chat_completion_pipeline.inputs.precision", "{\"job_input_type\":\"literal\",\"value\":16}", "a string")]
    [InlineData("jobs.chat_completion_pipeline.inputs.precision", "{\"job_input_type\":\"literal\"}", "value")]
    [InlineData("jobs.chat_completion_pipeline.inputs.precision", "{\"jobInputType\":\"literal\",\"value\":\"16\"}", "job_input_type")]
    [InlineData("jobs.chat_completion_pipeline.inputs.precision", "{\"job_input_type\":\"uri_file\",\"uri\":\"azureml://datastores/a/paths/b\"}", "takes a string")]
    [InlineData("jobs.chat_completion_pipeline.inputs.train_file_path", "{\"job_input_type\":\"uri_file\"}", "uri")]
    [InlineData("jobs.chat_completion_pipeline.inputs.train_file_path", "{\"job_input_type\":\"mltable\",\"uri\":\"azureml://datastores/a/paths/b\"}", "takes a uri_file")]
    [InlineData("jobs.chat_completion_pipeline.inputs.train_file_path", "{\"job_input_type\":\"uri_file\",\"uri\":\"azureml://datastores/workspaceblobstore/paths/it's.jsonl\"}", "apostrophe")]
    [InlineData("jobs.chat_completion_pipeline.inputs.train_file_path", "{\"job_input_type\":\"uri_file\",\"uri\":\"azureml:rows:1\"}", "not found")]
    [InlineData("jobs.chat_completion_pipeline.inputs.train_file_path", "{\"job_input_type\":\"uri_file\",\"uri\":\"https://example.org/a\"}", "neither")]
    [InlineData("jobs.chat_completion_pipeline.inputs.train_file_path", "{\"job_input_type\":\"uri_file\",\"uri\":\"azureml://datastores/a/paths/b\",\"mode\":\"Teleport\"}", "Teleport")]
    [InlineData("jobs.chat_completion_pipeline.inputs.mlflow_model_path", "{\"job_input_type\":\"mlflow_model\",\"uri\":\"azureml://registries/azureml/models/Phi-4-mini-instruct/versions/99\"}", "not found")]
    [InlineData("jobs.chat_completion_pipeline.inputs.mlflow_model_path", "{\"job_input_type\":\"mlflow_model\",\"uri\":\"azureml:m:1\"}", "not found")]
    [InlineData("jobs.chat_completion_pipeline.outputs.evaluation_result", "{\"type\":\"literal\",\"value\":\"${{parent.outputs.trained_model}}\"}", "not an output")]
    [InlineData("jobs.chat_completion_pipeline.outputs.mlflow_model_folder", "{\"type\":\"literal\",\"value\":\"${{parent.outputs.other}}\"}", "does not name an output")]
    [InlineData("outputs.trained_model.jobOutputType", "\"uri_folder\"", "of type mlflow_model")]
    [InlineData("outputs.trained_model.jobOutputType", null, "jobOutputType")]
    [InlineData("settings.default_datastore", "\"elsewhere\"", "elsewhere")]
    public async Task Job_that_the_service_would_refuse_is_refused(string path, string? value, string about)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateClusterAsync();
        JsonObject job = Bodies.Job();
        string[] parts = ["properties", .. path.Split('.')];
        JsonObject parent = parts[..^1].Aggregate(job, (node, part) => node[part]!.AsObject());
        parent.Remove(parts[^1]);
        if (value is not null)
        {
            parent[parts[^1]] = JsonNode.Parse(value);
        }

        Answer answer = await simulator.Put(simulator.Arm("jobs/" + Flow.Job), job);

        Assert.Equal(400, answer.Status);
        Assert.Contains(about, answer.TextAt("error.message"), StringComparison.Ordinal);
        Assert.Equal(404, (await simulator.Get(simulator.Arm("jobs/" + Flow.Job))).Status);
    }

    [Theory]
    [InlineData("-job")]
    [InlineData("job.1")]
    [InlineData("j%C3%B6b")]
    public async Task Bad_job_name_is_refused(string name)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateClusterAsync();

        Assert.Equal(400, (await simulator.Put(simulator.Arm("jobs/" + name), Bodies.Job())).Status);
    }

    [Fact]
    public async Task Inputs_may_be_bound_to_inputs_of_the_pipeline()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        JsonObject job = Bodies.Job().Input("num_train_epochs", "${{parent.inputs.epochs}}").Input("train_file_path", "${{parent.inputs.rows}}");
        job["properties"]!["inputs"] = Bodies.Parse($$$$"""
            {"epochs":{"jobInputType":"literal","value":"2"},
             "rows":{"jobInputType":"uri_file","uri":"azureml://subscriptions/x/resourcegroups/y/workspaces/ws-simulator/datastores/workspaceblobstore/paths/{{{{Bodies.TrainPath}}}}"}}
            """);
        await simulator.SubmitAsync(job);
        simulator.Advance(TimeSpan.FromHours(2));

        Assert.Equal("Completed", await simulator.StatusAsync());
        string run = await TrainingRunAsync(simulator);
        Answer epoch = await simulator.Get(simulator.Mlflow($"metrics/get-history?run_id={run}&metric_key=epoch"));
        Assert.Equal(2, epoch.At("metrics")!.AsArray()[^1]!["value"]!.GetValue<double>(), 6);
    }

    [Fact]
    public async Task Data_asset_is_an_input_as_well()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        Answer data = await simulator.Put(simulator.Arm("data/rows/versions/1"), Bodies.Parse($$$"""
            {"properties":{"dataType":"uri_file","dataUri":"azureml://datastores/workspaceblobstore/paths/{{{Bodies.TrainPath}}}","isAnonymous":false,"isArchived":false,"tags":{},"properties":{} } }
            """));
        JsonObject job = Bodies.Job();
        job["properties"]!["jobs"]!["chat_completion_pipeline"]!["inputs"]!["train_file_path"]!["uri"] = simulator.Workspace + "/data/rows/versions/1";
        await simulator.SubmitAsync(job);
        simulator.Advance(TimeSpan.FromHours(2));

        Assert.Equal(201, data.Status);
        Assert.Equal("Completed", await simulator.StatusAsync());
    }

    [Theory]
    [InlineData("azureml://datastores/workspaceblobstore/paths/nothing/here.jsonl", "StreamAccess.NotFound")]
    [InlineData("azureml://datastores/elsewhere/paths/a.jsonl", "DatastoreNotFound")]
    public async Task Missing_blob_fails_the_job_in_its_data_import(string uri, string code)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        JsonObject job = Bodies.Job();
        job["properties"]!["jobs"]!["chat_completion_pipeline"]!["inputs"]!["train_file_path"]!["uri"] = uri;
        await simulator.SubmitAsync(job);

        simulator.Advance(TimeSpan.FromMinutes(8));
        (string step, string error) = await FailureAsync(simulator);

        Assert.Equal("ft_nlp_common_validation", step);
        Assert.Equal(code, error);
    }

    [Fact]
    public async Task Row_that_is_no_conversation_fails_the_preprocessing_with_its_line()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        simulator.PutBlob(Bodies.TrainPath, Bodies.Rows(2) + "{\"text\":\"no messages\"}\n");

        simulator.Advance(TimeSpan.FromMinutes(30));
        (string step, string error) = await FailureAsync(simulator);

        Assert.Equal("chat_completion_datapreprocess", step);
        Assert.Equal("DataFormat", error);
        Assert.Contains("line 3", (await simulator.Get(simulator.History("runs/" + Flow.Job))).TextAt("error.error.message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlflow_model_path", null, "ft_nlp_common_validation", "ArgumentInvalid")]
    [InlineData("huggingface_id", "microsoft/phi-4", "ft_nlp_common_validation", "ArgumentInvalid")]
    [InlineData("train_file_path", null, "ft_nlp_common_validation", "ArgumentInvalid")]
    [InlineData("number_of_gpu_to_use_finetuning", "8", "chat_completion_finetune", "NotEnoughGpus")]
    [InlineData("num_nodes_finetune", "3", "chat_completion_finetune", "NodeCountExceeded")]
    [InlineData("learning_rate", "1000", "chat_completion_finetune", "TrainingDiverged")]
    [InlineData("warmup_steps", "-1", "chat_completion_finetune", "ArgumentInvalid")]
    public async Task Job_that_the_service_takes_but_the_component_cannot_do_fails_in_the_step(string input, string? value, string step, string code)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync(Bodies.Job().Input(input, value));

        simulator.Advance(TimeSpan.FromHours(2));

        Assert.Equal((step, code), await FailureAsync(simulator));
    }

    [Fact]
    public async Task Cluster_without_gpus_is_taken_and_fails_the_training()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateClusterAsync("cpu-cluster", Bodies.Compute("Standard_DS3_v2"));
        await simulator.SubmitAsync(Bodies.Job().Input("compute_finetune", "cpu-cluster"));

        simulator.Advance(TimeSpan.FromHours(2));

        Assert.Equal(("chat_completion_finetune", "NotEnoughGpus"), await FailureAsync(simulator));
    }

    [Fact]
    public async Task Job_beyond_the_quota_waits_in_the_queue_and_its_cluster_says_why()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.CreateClusterAsync("big", Bodies.Compute("Standard_ND96asr_v4"));
        await simulator.SubmitAsync(Bodies.Job("big"));

        simulator.Advance(TimeSpan.FromDays(1));
        JsonNode job = (await simulator.Get("/simulator/state")).At("jobs.0")!;
        Answer cluster = await simulator.Get(simulator.Arm("computes/big"));

        Assert.Equal("Running", job["status"]!.GetValue<string>());
        Assert.Equal("Queued", job["steps"]![0]!["status"]!.GetValue<string>());
        Assert.Equal("ClusterCoreQuotaReached", cluster.TextAt("properties.properties.errors.0.error.code"));
    }

    [Fact]
    public async Task Serverless_compute_takes_the_instance_type()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        JsonObject job = Bodies.Job("serverless").Input("instance_type_finetune", "Standard_NC24ads_A100_v4");
        await simulator.SubmitAsync(job);
        simulator.Advance(TimeSpan.FromHours(2));

        Assert.Equal("Completed", await simulator.StatusAsync());
        Assert.Equal(400, (await simulator.Put(simulator.Arm("jobs/job-2"), Bodies.Job("serverless").Input("instance_type_finetune", "Standard_Abacus"))).Status);
    }

    [Fact]
    public async Task Deleted_cluster_fails_the_job_that_needs_it()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        simulator.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("Running", await simulator.StatusAsync());

        await simulator.Delete(simulator.Arm($"computes/{Bodies.Cluster}?underlyingResourceAction=Delete"));

        Assert.Equal("Failed", await simulator.StatusAsync());
        Assert.Equal("ComputeNotFound", (await FailureAsync(simulator)).Code);
    }

    [Fact]
    public async Task Cancelled_job_ends_after_a_while_and_its_steps_with_it()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        simulator.Advance(TimeSpan.FromMinutes(20));

        Answer cancel = await simulator.Post(simulator.Arm($"jobs/{Flow.Job}/cancel"));
        Answer again = await simulator.Post(simulator.Arm($"jobs/{Flow.Job}/cancel"));
        string during = await simulator.StatusAsync();
        Answer pending = await simulator.Get(cancel.Header("Location"));
        simulator.Advance(simulator.Durations.JobCancel);
        Answer done = await simulator.Get(cancel.Header("Location"));
        Answer late = await simulator.Post(simulator.Arm($"jobs/{Flow.Job}/cancel"));
        JsonNode job = (await simulator.Get("/simulator/state")).At("jobs.0")!;

        Assert.Equal(202, cancel.Status);
        Assert.Equal(cancel.Header("Location"), again.Header("Location"));
        Assert.Equal("CancelRequested", during);
        Assert.Equal(202, pending.Status);
        Assert.Equal(204, done.Status);
        Assert.Equal(200, late.Status);
        Assert.Equal("Canceled", job["status"]!.GetValue<string>());
        Assert.Equal(["Completed", "Completed", "Completed", "Canceled", "Canceled"], job["steps"]!.AsArray().Select(step => step!["status"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Job_can_be_deleted_when_it_has_ended()
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        Answer tooEarly = await simulator.Delete(simulator.Arm("jobs/" + Flow.Job));
        simulator.Advance(TimeSpan.FromHours(2));

        Answer accepted = await simulator.Delete(simulator.Arm("jobs/" + Flow.Job));
        simulator.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(409, tooEarly.Status);
        Assert.Equal(202, accepted.Status);
        Assert.Equal(404, (await simulator.Get(simulator.Arm("jobs/" + Flow.Job))).Status);
        Assert.Equal(204, (await simulator.Delete(simulator.Arm("jobs/" + Flow.Job))).Status);
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("?jobType=Pipeline", 2)]
    [InlineData("?jobType=Command", 0)]
    [InlineData("?tag=run=r1", 1)]
    [InlineData("?tag=run", 2)]
    [InlineData("?tag=other", 0)]
    [InlineData("?listViewType=ArchivedOnly", 0)]
    public async Task Job_list_is_filtered(string query, int count)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync();
        await simulator.SubmitAsync();
        JsonObject other = Bodies.Job();
        other["properties"]!["tags"]!["run"] = "r2";
        await simulator.Put(simulator.Arm("jobs/job-2"), other);

        Assert.Equal(count, (await simulator.Get(simulator.Arm("jobs" + query))).At("value")!.AsArray().Count);
    }

    [Theory]
    [InlineData(FaultKind.JobStepFails, "chat_completion_model_import", "ScriptExecutionFailed")]
    [InlineData(FaultKind.JobStepFails, "chat_completion_finetune", "ScriptExecutionFailed")]
    [InlineData(FaultKind.Preemption, "chat_completion_finetune", "NodePreempted")]
    [InlineData(FaultKind.JobStepFails, "ft_nlp_model_converter", "ScriptExecutionFailed")]
    public async Task Planned_failure_strikes_half_way_through_its_step(FaultKind kind, string step, string code)
    {
        await using SimulatorFixture simulator = await SimulatorFixture.StartAsync(new FaultRule { Kind = kind, Method = "PUT", Path = "/jobs/", Step = step });
        await simulator.SubmitAsync();
        simulator.Advance(TimeSpan.FromHours(2));

        (string failed, string error) = await FailureAsync(simulator);
        Answer second = await simulator.Put(simulator.Arm("jobs/job-2"), Bodies.Job());
        simulator.Advance(TimeSpan.FromHours(2));

        Assert.Equal((step, code), (failed, error));
        Assert.Equal(201, second.Status);
        Assert.Equal("Completed", await simulator.StatusAsync("job-2"));
    }

    internal static async Task<string> TrainingRunAsync(SimulatorFixture simulator)
    {
        string node = (await simulator.Get(simulator.History($"runs/{Flow.Job}/children"))).TextAt("value.0.runId")!;
        return (await simulator.Get(simulator.History($"runs/{node}/children"))).At("value")!.AsArray()
            .Single(run => run!["displayName"]!.GetValue<string>() == "chat_completion_finetune")!["runId"]!.GetValue<string>();
    }

    /// <summary>The step that failed and the inner code of its error; everything says Failed.</summary>
    private static async Task<(string Step, string Code)> FailureAsync(SimulatorFixture simulator)
    {
        Assert.Equal("Failed", await simulator.StatusAsync());
        Answer root = await simulator.Get(simulator.History($"runs/{Flow.Job}/details"));
        Assert.Equal("Failed", root.TextAt("status"));
        Assert.NotNull(root.At("error.error.message"));
        string node = (await simulator.Get(simulator.History($"runs/{Flow.Job}/children"))).TextAt("value.0.runId")!;
        Answer steps = await simulator.Get(simulator.History($"runs/{node}/children"));
        JsonNode failed = Assert.Single(steps.At("value")!.AsArray(), run => run!["status"]!.GetValue<string>() == "Failed")!;
        Assert.All(steps.At("value")!.AsArray(), run => Assert.Contains(run!["status"]!.GetValue<string>(), (string[])["Completed", "Failed", "Canceled"]));
        return (failed["displayName"]!.GetValue<string>(), failed["error"]!["error"]!["innerError"]!["code"]!.GetValue<string>());
    }

    private static void Note(List<string> states, string state)
    {
        if (states.Count == 0 || states[^1] != state)
        {
            states.Add(state);
        }
    }
}
