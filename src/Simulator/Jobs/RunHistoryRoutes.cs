using System.Globalization;
using System.Text.Json.Nodes;
using FineTune.Simulator.Http;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Jobs;

/// <summary>Run history: runs, their children, their errors.</summary>
internal sealed class RunHistoryRoutes(SimulatedWorkspace workspace, RunCatalog runs, Computation computation)
{
    private const string ContinuationToken = "continuationToken";

    public void Map(ServiceRoutes routes)
    {
        routes.RunHistory("GET", "/runs/{runId}", request => computation.ObserveAsync(request, () => ServiceResponse.Ok(Show(Existing(request, request.Route("runId"))))));
        routes.RunHistory("GET", "/runs/{runId}/details", request => computation.ObserveAsync(request, () => ServiceResponse.Ok(Details(Existing(request, request.Route("runId"))))));
        routes.RunHistory("GET", "/runs/{runId}/children", request => computation.ObserveAsync(request, () => Children(request)));
        routes.RunHistory("POST", "/rundata", request => computation.ObserveAsync(request, () => RunData(request)));
    }

    /// <summary>In pages; the token of a page is the number of children before it.</summary>
    private ServiceResponse Children(ServiceRequest request)
    {
        CatalogedRun parent = Existing(request, request.Route("runId"));
        int skip = 0;
        if (request.Query(ContinuationToken) is { Length: > 0 } token && !int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out skip))
        {
            throw ServiceException.BadRequest($"The continuation token '{token}' is not valid.");
        }

        int size = workspace.Options.PageSize;
        List<RunView> children = [.. parent.View.Runs.Where(child => child.ParentRunId == parent.Run.RunId).Skip(skip).Take(size + 1)];
        string? next = children.Count > size ? (skip + size).ToString(CultureInfo.InvariantCulture) : null;
        return ServiceResponse.Ok(new JsonObject
        {
            ["value"] = new JsonArray([.. children.Take(size).Select(child => Show(parent with { Run = child }))]),
            [ContinuationToken] = next,
            ["nextLink"] = next is null ? null : request.UrlWith(ContinuationToken, next),
        });
    }

    /// <summary>What later clients ask for in place of the run itself: its metadata, and a definition where there is one to tell.</summary>
    private ServiceResponse RunData(ServiceRequest request)
    {
        CatalogedRun found = Existing(request, request.Body.RequiredText("runId"));
        bool wantsMetadata = request.Body.Boolean("selectRunMetadata") ?? true;
        bool wantsDefinition = request.Body.Boolean("selectRunDefinition") ?? false;
        return ServiceResponse.Ok(new JsonObject
        {
            ["runMetadata"] = wantsMetadata ? Show(found) : null,
            ["runDefinition"] = wantsDefinition && found.Run.ParentRunId is null ? found.Job.Properties.CopyOf("jobs") : null,
            ["jobSpecification"] = null,
            ["systemSettings"] = null,
        });
    }

    private CatalogedRun Existing(ServiceRequest request, string runId)
    {
        return runs.Find(runId, request.Now)
            ?? throw new ServiceException(404, "NotFoundError", $"The run '{runId}' was not found in the workspace '{workspace.Options.WorkspaceName}'.");
    }

    /// <summary>A run as run history shows it.</summary>
    public JsonObject Show(CatalogedRun found)
    {
        (JobRecord job, JobView view, RunView run) = found;
        bool isRoot = run.ParentRunId is null;
        JsonObject tags = isRoot ? job.Properties.Object("tags")?.Copy() ?? [] : [];
        JsonObject properties;
        if (isRoot)
        {
            properties = job.Properties.Object("properties")?.Copy() ?? [];
            properties["azureml.runsource"] = "azureml.PipelineRun";
            properties["runSource"] = "MFE";
            properties["runType"] = "HTTP";
        }
        else
        {
            string module = run.Component ?? "azureml:chat_completion_pipeline";
            string[] parts = module.Split(':');
            tags["azureml.nodeid"] = NodeId(run);
            tags["azureml.pipeline"] = job.Name;
            properties = new JsonObject
            {
                ["azureml.runsource"] = "azureml.StepRun",
                ["azureml.nodeid"] = NodeId(run),
                ["StepType"] = run.Compute is null ? "SubGraphCloudStep" : "PythonScriptStep",
                ["azureml.moduleid"] = workspace.IdOf("modules", module).ToString(),
                ["azureml.moduleName"] = parts.Length > 1 ? parts[1] : module,
                ["azureml.moduleVersion"] = parts.Length > 2 ? parts[2] : "1",
                ["azureml.pipeline"] = job.Name,
                ["azureml.pipelinerunid"] = job.Name,
                ["azureml.pipelineComponent"] = "masterescloud",
            };
        }

        string type = isRoot ? "azureml.PipelineRun" : "azureml.StepRun";
        JsonObject shown = new()
        {
            ["runNumber"] = job.SubmittedAt.ToUnixTimeSeconds(),
            ["rootRunId"] = job.Name,
            ["createdUtc"] = Stamp.Of(job.SubmittedAt),
            ["runUuid"] = workspace.IdOf("uuids", run.RunId).ToString(),
            ["parentRunUuid"] = run.ParentRunId is { } parent ? workspace.IdOf("uuids", parent).ToString() : null,
            ["rootRunUuid"] = workspace.IdOf("uuids", job.Name).ToString(),
            ["runId"] = run.RunId,
            ["parentRunId"] = run.ParentRunId,
            ["experimentId"] = runs.ExperimentId(JobRoutes.ExperimentOf(job)),
            ["status"] = run.Status,
            ["startTimeUtc"] = Stamp.OrNull(run.Started),
            ["endTimeUtc"] = Stamp.OrNull(run.Ended),
            ["displayName"] = isRoot ? job.Properties.Text("displayName") ?? job.Name : run.Name,
            ["name"] = isRoot ? job.Name : "azureml_anonymous",
            ["dataContainerId"] = "dcid." + run.RunId,
            ["description"] = isRoot ? job.Properties.Text("description") : null,
            ["hidden"] = false,
            ["runType"] = type,
            ["runTypeV2"] = new JsonObject { ["orchestrator"] = null, ["traits"] = new JsonArray(type) },
            ["properties"] = properties,
            ["tags"] = tags,
            ["target"] = run.Compute,
            ["error"] = run.Error is null ? null : Show(run.Error, run.Ended ?? view.Root.Ended),
            ["inputs"] = null,
            ["outputs"] = null,
        };
        return shown;
    }

    private JsonObject Details(CatalogedRun found)
    {
        JsonObject shown = Show(found);
        JsonObject details = new() { ["runId"] = found.Run.RunId, ["logFiles"] = new JsonObject(), ["warnings"] = new JsonArray() };
        foreach (string name in (ReadOnlySpan<string>)["status", "target", "startTimeUtc", "endTimeUtc", "error", "properties", "inputs", "outputs"])
        {
            details[name] = shown.CopyOf(name);
        }

        return details;
    }

    private string NodeId(RunView run) => workspace.IdOf("nodes", run.RunId).ToString("N")[..8];

    private JsonObject Show(StoredError error, DateTimeOffset? at) => new()
    {
        ["error"] = new JsonObject
        {
            ["code"] = error.Code,
            ["severity"] = null,
            ["message"] = error.Message,
            ["messageFormat"] = null,
            ["messageParameters"] = new JsonObject(),
            ["referenceCode"] = null,
            ["innerError"] = error.InnerCode is null ? null : new JsonObject { ["code"] = error.InnerCode, ["innerError"] = null },
            ["debugInfo"] = null,
            ["additionalInfo"] = null,
        },
        ["correlation"] = null,
        ["environment"] = workspace.Options.Location,
        ["location"] = workspace.Options.Location,
        ["time"] = Stamp.OrNull(at),
        ["componentName"] = null,
    };
}
