using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning.Tests;

public sealed class PipelineJobsTests
{
    private const string Children = "GET " + ScriptedService.History + "/runs/ft-1/children";

    private static readonly string Url = ScriptedService.Url("/jobs/ft-1");

    private readonly ScriptedService _service = new ScriptedService().WithWorkspace();

    [Fact]
    public async Task A_submission_sends_the_recorded_body()
    {
        _service.On("PUT " + Url, 201, """
            {"name":"ft-1","properties":{"status":"Preparing","displayName":"d","experimentName":"e","services":{"Studio":{"endpoint":"https://ml.azure.com/runs/ft-1?wsid=x"}}}}
            """);

        JobSnapshot job = await _service.Client().Jobs.SubmitAsync(Spec());

        Assert.Equal(new JobSnapshot("ft-1", "Preparing", JobState.Active) { StudioUrl = "https://ml.azure.com/runs/ft-1?wsid=x", Steps = job.Steps }, job);
        _service.Last.AssertBody("""
            {"properties":{
              "jobType":"Pipeline","displayName":"Phi-4-ultrachat","experimentName":"chat_completion_Phi-4","isArchived":false,"properties":{},"tags":{"run":"r-1"},
              "inputs":{},
              "jobs":{"chat_completion_pipeline":{
                 "name":"chat_completion_pipeline","type":"pipeline","_source":"REMOTE.REGISTRY",
                 "componentId":"azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82",
                 "inputs":{
                   "mlflow_model_path":{"job_input_type":"mlflow_model","uri":"azureml://registries/azureml/models/Phi-4/versions/7"},
                   "train_file_path":{"job_input_type":"uri_file","uri":"azureml://datastores/workspaceblobstore/paths/LocalUpload/0123/train.jsonl"},
                   "compute_finetune":{"job_input_type":"literal","value":"gpu-cluster-big"},
                   "deepspeed_stage":{"job_input_type":"literal","value":"2"},
                   "learning_rate":{"job_input_type":"literal","value":"5e-06"},
                   "apply_lora":{"job_input_type":"literal","value":"true"}},
                 "outputs":{"mlflow_model_folder":{"type":"literal","value":"${{parent.outputs.trained_model}}"}}}},
              "outputs":{"trained_model":{"jobOutputType":"mlflow_model"}},
              "settings":{"_source":"DSL","force_rerun":true,"continue_on_step_failure":false}}}
            """);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(409)]
    public async Task A_submission_refused_because_this_very_job_runs_already_is_a_success(int status)
    {
        _service.On("PUT " + Url, status, """{"error":{"code":"UserError","message":"The job exists and can't be changed."}}""")
            .On("GET " + Url, body: """{"properties":{"status":"Running","displayName":"Phi-4-ultrachat","experimentName":"chat_completion_Phi-4"}}""");

        Assert.Equal("Running", (await _service.Client().Jobs.SubmitAsync(Spec())).Status);
    }

    [Theory]
    [InlineData(200, """{"properties":{"status":"Running","displayName":"something else","experimentName":"chat_completion_Phi-4"}}""")]
    [InlineData(404, "")]
    public async Task A_submission_refused_for_another_reason_tells_that_reason(int status, string existing)
    {
        _service.On("PUT " + Url, 400, """{"error":{"code":"BadRequest","message":"key: x, Message: Invalid region"}}""").On("GET " + Url, status, existing);

        UpstreamException e = await Assert.ThrowsAsync<UpstreamException>(() => _service.Client().Jobs.SubmitAsync(Spec()));

        Assert.Equal((OutcomeKind.Invalid, "BadRequest", "key: x, Message: Invalid region"), (e.Kind, e.Failure.UpstreamCode, e.Failure.Message));
    }

    [Theory]
    [InlineData("NotStarted", JobState.Active)]
    [InlineData("Queued", JobState.Active)]
    [InlineData("Finalizing", JobState.Active)]
    [InlineData("CancelRequested", JobState.Active)]
    [InlineData("NotResponding", JobState.Active)]
    [InlineData("Paused", JobState.Active)]
    [InlineData("Brandnew", JobState.Active)]
    [InlineData("Completed", JobState.Completed)]
    [InlineData("Failed", JobState.Failed)]
    [InlineData("Canceled", JobState.Canceled)]
    public async Task A_status_means_one_of_four_states(string status, JobState state)
    {
        _service.On("GET " + Url, body: $$$"""{"properties":{"status":"{{{status}}}"}}""").On(Children, body: """{"value":[]}""").On("GET " + ScriptedService.History + "/runs/ft-1");

        JobSnapshot job = await _service.Client().Jobs.GetAsync("ft-1");

        Assert.Equal((status, state), (job.Status, job.State));
    }

    [Fact]
    public async Task Steps_are_the_children_of_the_one_node_in_order_over_all_pages()
    {
        _service.On("GET " + Url, body: """{"properties":{"status":"Running"}}""")
            .On(Children, body: """{"value":[{"runId":"node-1","displayName":"chat_completion_pipeline","status":"Running"}]}""")
            .On("GET " + ScriptedService.History + "/runs/node-1/children", body: """
                {"value":[{"runId":"c","displayName":"chat_completion_finetune","status":"NotStarted"},
                          {"runId":"b","displayName":"chat_completion_model_import","status":"Running","startTimeUtc":"2026-03-02T10:05:00Z"}],
                 "nextLink":"https://westeurope.api.azureml.ms/history/next?token=1%2B2"}
                """)
            .On("GET https://westeurope.api.azureml.ms/history/next?token=1%2B2", body: """
                {"value":[{"runId":"a","properties":{"azureml.moduleName":"ft_nlp_common_validation"},"status":"Completed","startTimeUtc":"2026-03-02T10:00:00Z"}],"nextLink":null}
                """);

        JobSnapshot job = await _service.Client().Jobs.GetAsync("ft-1");

        Assert.Equal(
            [new JobStep("ft_nlp_common_validation", "Completed"), new JobStep("chat_completion_model_import", "Running"), new JobStep("chat_completion_finetune", "NotStarted")],
            job.Steps);
    }

    [Fact]
    public async Task A_single_step_without_children_is_a_step()
    {
        _service.On("GET " + Url, body: """{"properties":{"status":"Running"}}""")
            .On(Children, body: """{"value":[{"runId":"only","displayName":"train","status":"Running"}]}""")
            .On("GET " + ScriptedService.History + "/runs/only/children", 404);

        Assert.Equal([new JobStep("train", "Running")], (await _service.Client().Jobs.GetAsync("ft-1")).Steps);
    }

    [Fact]
    public async Task No_more_than_twenty_steps_are_shown()
    {
        _service.On("GET " + Url, body: """{"properties":{"status":"Running"}}""")
            .On(Children, body: $$"""{"value":[{{string.Join(',', Enumerable.Range(0, 30).Select(i => $$"""{"runId":"r{{i}}","status":"Running"}"""))}}]}""");

        Assert.Equal(20, (await _service.Client().Jobs.GetAsync("ft-1")).Steps.Count);
    }

    [Fact]
    public async Task A_failed_job_tells_the_failed_steps_own_words()
    {
        _service.On("GET " + Url, body: """{"properties":{"status":"Failed"}}""")
            .On(Children, body: """
                {"value":[{"runId":"a","displayName":"validation","status":"Completed"},
                  {"runId":"b","displayName":"chat_completion_finetune","status":"Failed","error":{"error":{"code":"UserError","message":"CUDA out of memory.","innerError":{"code":"OutOfMemory"}},"correlation":{"operation":"op-1","request":"req-1"}}}]}
                """);

        Failure error = (await _service.Client().Jobs.GetAsync("ft-1")).Error!;

        Assert.Equal(("JobFailed", "CUDA out of memory.", "UserError", "req-1"), (error.Code, error.Message, error.UpstreamCode, error.RequestId));
        Assert.Equal("job ft-1, step chat_completion_finetune", error.Where);
    }

    [Fact]
    public async Task A_failed_step_that_is_listed_without_its_error_is_asked_for_it()
    {
        _service.On("GET " + Url, body: """{"properties":{"status":"Failed"}}""")
            .On(Children, body: """{"value":[{"runId":"a","status":"Completed"},{"runId":"b","displayName":"finetune","status":"Failed","error":null}]}""")
            .On("GET " + ScriptedService.History + "/runs/b", body: """{"runId":"b","error":{"error":{"code":"AccountCoreQuotaReached","message":"no cores"}}}""");

        Failure error = (await _service.Client().Jobs.GetAsync("ft-1")).Error!;

        Assert.Equal(("QuotaExceeded", "no cores", "AccountCoreQuotaReached"), (error.Code, error.Message, error.UpstreamCode));
    }

    [Fact]
    public async Task A_job_that_failed_before_any_step_tells_its_own_error()
    {
        _service.On("GET " + Url, body: """{"properties":{"status":"Failed"}}""")
            .On(Children, body: """{"value":[]}""")
            .On("GET " + ScriptedService.History + "/runs/ft-1", body: """{"runId":"ft-1","error":{"error":{"code":"UserError","message":"The data can't be read."}}}""");

        Assert.Equal("The data can't be read.", (await _service.Client().Jobs.GetAsync("ft-1")).Error!.Message);
    }

    [Fact]
    public async Task The_jobs_state_is_told_even_when_run_history_is_out_of_reach()
    {
        _service.On("GET " + Url, body: """{"properties":{"status":"Failed"}}""").On(Children, 403, """{"error":{"code":"UserError","message":"no rights"}}""");

        JobSnapshot job = await _service.Client().Jobs.GetAsync("ft-1");

        Assert.Equal((JobState.Failed, 0), (job.State, job.Steps.Count));
        Assert.Equal("JobFailed", job.Error!.Code);
        Assert.Contains("no rights", job.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_is_not_there_is_not_found()
    {
        _service.On("GET " + Url, 404, """{"error":{"code":"NotFound","message":"no job"}}""");

        Assert.Equal(OutcomeKind.NotFound, (await Assert.ThrowsAsync<UpstreamException>(() => _service.Client().Jobs.GetAsync("ft-1"))).Kind);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(202)]
    [InlineData(404)]
    public async Task A_cancellation_is_done_when_accepted_or_when_there_is_no_job(int status)
    {
        _service.On("POST " + ScriptedService.Url("/jobs/ft-1/cancel"), status, "", ("Location", "https://management.azure.com/x"));

        await _service.Client().Jobs.CancelAsync("ft-1");

        Assert.Single(_service.Requests);
    }

    [Theory]
    [InlineData(400, "Completed", false)]
    [InlineData(409, "Canceled", false)]
    [InlineData(409, "Running", true)]
    public async Task A_refused_cancellation_matters_only_while_the_job_runs(int status, string jobStatus, bool throws)
    {
        _service.On("POST " + ScriptedService.Url("/jobs/ft-1/cancel"), status, """{"error":{"code":"UserError","message":"terminal"}}""")
            .On("GET " + Url, body: $$$"""{"properties":{"status":"{{{jobStatus}}}"}}""");

        Exception? e = await Record.ExceptionAsync(() => _service.Client().Jobs.CancelAsync("ft-1"));

        Assert.Equal(throws, e is UpstreamException);
    }

    private static PipelineJobSpec Spec() => new()
    {
        Name = "ft-1",
        DisplayName = "Phi-4-ultrachat",
        ExperimentName = "chat_completion_Phi-4",
        ComponentId = "azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82",
        AssetInputs = new Dictionary<string, JobAssetInput>
        {
            ["mlflow_model_path"] = new("mlflow_model", "azureml://registries/azureml/models/Phi-4/versions/7"),
            ["train_file_path"] = new("uri_file", "azureml://datastores/workspaceblobstore/paths/LocalUpload/0123/train.jsonl"),
        },
        LiteralInputs = new Dictionary<string, string> { ["compute_finetune"] = "gpu-cluster-big", ["deepspeed_stage"] = "2", ["learning_rate"] = "5e-06", ["apply_lora"] = "true" },
        Tags = new Dictionary<string, string> { ["run"] = "r-1" },
    };
}
