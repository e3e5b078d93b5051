using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning;

/// <summary><c>Microsoft.MachineLearningServices/workspaces/jobs</c>, with the steps and errors of run history.</summary>
internal sealed class PipelineJobs(ServicePipeline pipeline, RunHistory runHistory) : IPipelineJobs
{
    // The notebook's names, which its users look for in the studio.
    private const string NodeName = "chat_completion_pipeline";
    private const string OutputName = "trained_model";

    /// <inheritdoc/>
    /// <remarks><c>PUT {workspace}/jobs/{name}</c> (Jobs_CreateOrUpdate). A job can't be changed: when the service refuses, <c>GET</c> tells whether it is this very job.</remarks>
    public async Task<JobSnapshot> SubmitAsync(PipelineJobSpec job, CancellationToken cancellationToken = default)
    {
        try
        {
            return Snapshot(job.Name, (await pipeline.PutAsync(Url(job.Name), Body(job), cancellationToken)).Json);
        }
        catch (UpstreamException e) when (e.Kind is OutcomeKind.Conflict or OutcomeKind.Invalid)
        {
            // A job can't be changed once it runs. When it is this very job, an earlier attempt of ours succeeded unheard.
            ServiceAnswer existing = await pipeline.GetAsync(Url(job.Name), acceptNotFound: true, cancellationToken);
            JsonElement properties = existing.Json.At("properties");
            if (existing.IsNotFound || properties.At("displayName").Text() != job.DisplayName || properties.At("experimentName").Text() != job.ExperimentName)
            {
                throw;
            }

            return Snapshot(job.Name, existing.Json);
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET {workspace}/jobs/{name}</c> (Jobs_Get); steps and reasons from run history:
    /// <c>GET {api}/history/v1.0{workspace}/runs/{name}/children</c> and <c>GET …/runs/{id}</c>, which ARM does not tell (Azure/azureml run history service).
    /// </remarks>
    public async Task<JobSnapshot> GetAsync(string name, CancellationToken cancellationToken = default)
    {
        ServiceAnswer answer = await pipeline.GetAsync(Url(name), cancellationToken: cancellationToken);
        JobSnapshot job = Snapshot(name, answer.Json);
        try
        {
            IReadOnlyList<JsonElement> steps = await runHistory.GetStepsAsync(name, cancellationToken);
            job = job with { Steps = [.. steps.Select(RunHistory.ToStep)] };
            return job.State == JobState.Failed ? job with { Error = await ExplainAsync(name, steps, cancellationToken) } : job;
        }
        catch (UpstreamException e)
        {
            // The job's state is what decisions rest on; its steps and reasons are for people. Run history being out of reach must not hide the state.
            return job.State == JobState.Failed ? job with { Error = Unexplained(name, e.Failure.ToString()) } : job;
        }
    }

    /// <inheritdoc/>
    /// <remarks><c>POST {workspace}/jobs/{name}/cancel</c> (Jobs_Cancel).</remarks>
    public async Task CancelAsync(string name, CancellationToken cancellationToken = default)
    {
        try
        {
            await pipeline.PostAsync(pipeline.WorkspaceUrl($"/jobs/{name}/cancel"), acceptNotFound: true, cancellationToken: cancellationToken);
        }
        catch (UpstreamException e) when (e.Kind is OutcomeKind.Conflict or OutcomeKind.Invalid)
        {
            ServiceAnswer job = await pipeline.GetAsync(Url(name), acceptNotFound: true, cancellationToken);
            if (!job.IsNotFound && Snapshot(name, job.Json).State == JobState.Active)
            {
                throw;
            }
        }
    }

    /// <summary>The body as azure-ai-ml writes it: camelCase for the job, snake_case inside its nodes and settings; every literal is a string.</summary>
    private static JsonObject Body(PipelineJobSpec job)
    {
        var inputs = new JsonObject();
        foreach ((string name, JobAssetInput asset) in job.AssetInputs)
        {
            inputs[name] = new JsonObject { ["job_input_type"] = asset.Type, ["uri"] = asset.Uri };
        }

        foreach ((string name, string value) in job.LiteralInputs)
        {
            inputs[name] = new JsonObject { ["job_input_type"] = "literal", ["value"] = value };
        }

        return new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["jobType"] = "Pipeline",
                ["displayName"] = job.DisplayName,
                ["experimentName"] = job.ExperimentName,
                ["isArchived"] = false,
                ["properties"] = new JsonObject(),
                ["tags"] = job.Tags.ToJson(),
                ["inputs"] = new JsonObject(),
                ["jobs"] = new JsonObject
                {
                    [NodeName] = new JsonObject
                    {
                        ["name"] = NodeName,
                        ["type"] = "pipeline",
                        ["_source"] = "REMOTE.REGISTRY",
                        ["componentId"] = job.ComponentId,
                        ["inputs"] = inputs,
                        ["outputs"] = new JsonObject
                        {
                            ["mlflow_model_folder"] = new JsonObject { ["type"] = "literal", ["value"] = $"${{{{parent.outputs.{OutputName}}}}}" },
                        },
                    },
                },
                ["outputs"] = new JsonObject { [OutputName] = new JsonObject { ["jobOutputType"] = "mlflow_model" } },
                ["settings"] = new JsonObject { ["_source"] = "DSL", ["force_rerun"] = true, ["continue_on_step_failure"] = false },
            },
        };
    }

    private static JobSnapshot Snapshot(string name, JsonElement job)
    {
        JsonElement properties = job.At("properties");
        string status = properties.At("status").Text() ?? "Unknown";
        JobState state = status.ToUpperInvariant() switch
        {
            "COMPLETED" => JobState.Completed,
            "FAILED" => JobState.Failed,
            "CANCELED" => JobState.Canceled,
            _ => JobState.Active,
        };
        return new JobSnapshot(name, status, state) { StudioUrl = properties.At("services", "Studio", "endpoint").Text() };
    }

    /// <summary>The failed step's own words; the job's are often only that a child failed.</summary>
    private async Task<Failure> ExplainAsync(string name, IReadOnlyList<JsonElement> steps, CancellationToken cancellationToken)
    {
        JsonElement step = steps.FirstOrDefault(run => string.Equals(run.At("status").Text(), "Failed", StringComparison.OrdinalIgnoreCase));
        JsonElement error = step.At("error");
        string where = $"job {name}";
        if (step.ValueKind == JsonValueKind.Object)
        {
            where = $"job {name}, step {RunHistory.Name(step)}";
            if (error.ValueKind != JsonValueKind.Object && step.At("runId").Text() is { } stepId)
            {
                error = await runHistory.GetErrorAsync(stepId, cancellationToken);
            }
        }

        if (error.ValueKind != JsonValueKind.Object)
        {
            error = await runHistory.GetErrorAsync(name, cancellationToken);
        }

        ServiceError reason = ServiceError.Read(error);
        (OutcomeKind kind, Failure failure) = ServiceErrors.FromOperation(reason, where);
        return reason.Message.Length == 0 ? Unexplained(name, "run history gives no reason")
            : kind == OutcomeKind.Failed ? failure with { Code = "JobFailed" }
            : failure;
    }

    private static Failure Unexplained(string name, string why) =>
        new("JobFailed", $"The job failed; {why}.") { Where = $"job {name}", NextStep = "Read the failed step's logs in the studio." };

    private string Url(string name) => pipeline.WorkspaceUrl($"/jobs/{name}");
}
