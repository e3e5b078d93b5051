using System.Text.Json.Nodes;
using FineTune.Simulator.Datastores;
using FineTune.Simulator.Http;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Jobs;

/// <summary>Jobs in Azure Resource Manager.</summary>
internal sealed class JobRoutes(SimulatedWorkspace workspace, ResourceStore store, JobSubmission submission, Computation computation)
{
    private static readonly TimeSpan DeletionTakes = TimeSpan.FromSeconds(30);

    public void Map(ServiceRoutes routes)
    {
        routes.Workspace("PUT", "/jobs/{name}", Put, BodyShapes.Job);
        routes.WorkspaceAsync("GET", "/jobs/{name}", request => computation.ObserveAsync(request, () => Get(request)));
        routes.WorkspaceAsync("GET", "/jobs", request => computation.ObserveAsync(request, () => List(request)));
        routes.WorkspaceAsync("POST", "/jobs/{name}/cancel", request => computation.ObserveAsync(request, () => Cancel(request)));
        routes.WorkspaceAsync("DELETE", "/jobs/{name}", request => computation.ObserveAsync(request, () => Delete(request)));
    }

    private ServiceResponse Put(ServiceRequest request)
    {
        string name = request.Route("name");
        if (Find(name, request.Now) is { } existing)
        {
            return Update(existing, request);
        }

        JobRecord job = submission.Create(name, request);
        store.Save(job);
        computation.Schedule(job, request.Now);
        return ServiceResponse.Created(Show(job, request)).With("Location", workspace.ResourceUrl(request, "jobs/" + name));
    }

    /// <summary>The same job again changes nothing but names and tags; another job under the same name is refused.</summary>
    private ServiceResponse Update(JobRecord existing, ServiceRequest request)
    {
        if (existing.Deletion is not null)
        {
            throw ServiceException.Conflict($"The job '{existing.Name}' is being deleted.");
        }

        JsonObject properties = request.Body.RequiredObject("properties");
        if (JobSubmission.CreateHash(properties) != existing.CreateHash)
        {
            throw new ServiceException(
                400,
                "JobPropertyImmutable",
                $"The job '{existing.Name}' exists already with other content. Its jobType, experimentName, inputs, outputs, jobs and settings cannot be changed; submit under another name.");
        }

        JobRecord changed = existing with { Properties = properties.Copy() };
        store.Save(changed);
        return ServiceResponse.Ok(Show(changed, request));
    }

    private ServiceResponse Get(ServiceRequest request)
    {
        string name = request.Route("name");
        if (Find(name, request.Now) is { } job)
        {
            return ServiceResponse.Ok(Show(job, request));
        }

        // A child of a pipeline is found, but without its properties.
        foreach (JobRecord parent in store.All<JobRecord>())
        {
            if (!parent.IsGone(request.Now) && (parent.NodeRunId == name || parent.Steps.Any(step => step.RunId == name)))
            {
                JsonObject child = workspace.Envelope("jobs/" + name, name, "jobs");
                child["systemData"] = SimulatedWorkspace.SystemData(parent.SubmittedAt);
                return ServiceResponse.Ok(child);
            }
        }

        throw Missing(name);
    }

    private ServiceResponse List(ServiceRequest request)
    {
        IEnumerable<JobRecord> jobs = store.All<JobRecord>().Where(job => !job.IsGone(request.Now));
        jobs = ListView.Filter(request, jobs, job => job.Properties.Boolean("isArchived") == true);
        if (request.Query("jobType") is { } type)
        {
            jobs = jobs.Where(_ => type.Equals("Pipeline", StringComparison.OrdinalIgnoreCase));
        }

        if (request.Query("tag") is { } tag)
        {
            jobs = jobs.Where(job => TagFilter.Matches(tag, job.Properties.Object("tags")));
        }

        if (request.Query("properties") is { } properties)
        {
            jobs = jobs.Where(job => TagFilter.Matches(properties, job.Properties.Object("properties")));
        }

        return Paging.Page(request, jobs.OrderByDescending(job => job.SubmittedAt), workspace.Options.PageSize, job => Show(job, request));
    }

    private ServiceResponse Cancel(ServiceRequest request)
    {
        JobRecord job = Existing(request);
        JobView view = computation.View(job, request.Now);
        if (view.IsTerminal)
        {
            return new ServiceResponse(200);
        }

        if (view.Status != RunStatus.CancelRequested)
        {
            (Provisioning change, OperationRecord operation) = workspace.Begin(
                Provisioning.Updating, "cancel", request.Now, workspace.Options.Durations.JobCancel, stuck: false);
            job = job with { CancelRequestedAt = request.Now, CanceledAt = change.EndsAt };
            store.Save(job, operation);
            computation.Stop(job.Name);
            return Accepted(request, operation.Id);
        }

        OperationRecord pending = store.All<OperationRecord>().First(operation => operation.StartedAt == job.CancelRequestedAt && operation.EndsAt == job.CanceledAt);
        return Accepted(request, pending.Id);
    }

    private ServiceResponse Delete(ServiceRequest request)
    {
        string name = request.Route("name");
        if (Find(name, request.Now) is not { } job)
        {
            return ServiceResponse.NoContent();
        }

        if (job.Deletion is { } going)
        {
            return Accepted(request, going.OperationId);
        }

        if (!computation.View(job, request.Now).IsTerminal)
        {
            throw ServiceException.Conflict($"The job '{name}' has not ended. Cancel it before you delete it.");
        }

        (Provisioning deletion, OperationRecord operation) = workspace.Begin(Provisioning.Deleting, "job", request.Now, DeletionTakes, stuck: false);
        store.Save(job with { Deletion = deletion }, operation);
        return Accepted(request, operation.Id);
    }

    private ServiceResponse Accepted(ServiceRequest request, string operationId) =>
        workspace.Pending(new ServiceResponse(202), request, operationId);

    private JobRecord? Find(string name, DateTimeOffset now) =>
        store.Find<JobRecord>(JobRecord.KeyOf(name)) is { } job && !job.IsGone(now) ? job : null;

    private JobRecord Existing(ServiceRequest request) => Find(request.Route("name"), request.Now) ?? throw Missing(request.Route("name"));

    private ServiceException Missing(string name) =>
        ServiceException.NotFound($"The job '{name}' was not found in the workspace '{workspace.Options.WorkspaceName}'.");

    private JsonObject Show(JobRecord job, ServiceRequest request)
    {
        JsonObject sent = job.Properties;
        string status = computation.View(job, request.Now).Status;
        JsonObject settings = sent.Object("settings") ?? [];
        JsonObject properties = new()
        {
            ["azureml.DevPlatv2"] = "true",
            ["azureml.runsource"] = "azureml.PipelineRun",
            ["runSource"] = "MFE",
            ["runType"] = "HTTP",
            ["azureml.parameters"] = "{}",
            ["azureml.continue_on_step_failure"] = settings.Boolean("continue_on_step_failure") == true ? "True" : "False",
            ["azureml.continue_on_failed_optional_input"] = "True",
            ["azureml.defaultComputeName"] = settings.Text("default_compute")?.Split('/')[^1],
            ["azureml.defaultDataStoreName"] = DatastoreRoutes.DefaultName,
            ["azureml.pipelineComponent"] = "pipelinerun",
        };
        foreach (var property in sent.Object("properties") ?? [])
        {
            properties[property.Key] = property.Value?.DeepClone();
        }

        JsonObject outputs = sent.Object("outputs")?.Copy() ?? [];
        foreach (JsonObject output in outputs.Select(output => output.Value).OfType<JsonObject>())
        {
            output["description"] ??= null;
            output["uri"] ??= null;
            output["assetName"] ??= null;
            output["assetVersion"] ??= null;
            output["mode"] ??= "ReadWriteMount";
        }

        JsonObject body = workspace.Envelope("jobs/" + job.Name, job.Name, "jobs");
        body["properties"] = new JsonObject
        {
            ["description"] = sent.Text("description"),
            ["tags"] = sent.CopyOf("tags") ?? new JsonObject(),
            ["properties"] = properties,
            ["displayName"] = sent.Text("displayName") ?? job.Name,
            ["status"] = status,
            ["experimentName"] = ExperimentOf(job),
            ["services"] = new JsonObject
            {
                ["Tracking"] = Service("Tracking", workspace.TrackingUri(request) + "?"),
                ["Studio"] = Service("Studio", $"https://ml.azure.com/runs/{job.Name}?wsid={workspace.Path}"),
            },
            ["computeId"] = sent.CopyOf("computeId"),
            ["isArchived"] = sent.Boolean("isArchived") ?? false,
            ["identity"] = sent.CopyOf("identity"),
            ["componentId"] = null,
            ["jobType"] = "Pipeline",
            ["settings"] = settings.Copy(),
            ["jobs"] = sent.CopyOf("jobs"),
            ["inputs"] = sent.CopyOf("inputs") ?? new JsonObject(),
            ["outputs"] = outputs,
            ["sourceJobId"] = null,
        };
        body["systemData"] = SimulatedWorkspace.SystemData(job.SubmittedAt);
        return body;
    }

    public static string ExperimentOf(JobRecord job) => job.Properties.Text("experimentName") ?? "Default";

    private static JsonObject Service(string type, string endpoint) => new()
    {
        ["jobServiceType"] = type,
        ["port"] = null,
        ["endpoint"] = endpoint,
        ["status"] = null,
        ["errorMessage"] = null,
        ["properties"] = null,
        ["nodes"] = null,
    };
}
