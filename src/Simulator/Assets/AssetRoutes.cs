using System.Text.Json.Nodes;
using FineTune.Simulator.Datastores;
using FineTune.Simulator.Http;
using FineTune.Simulator.Jobs;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Assets;

/// <summary>Versions of data assets and of models.</summary>
internal sealed class AssetRoutes(SimulatedWorkspace workspace, ResourceStore store, Computation computation)
{
    private static readonly string[] DataTypes = ["uri_file", "uri_folder", "mltable"];
    private static readonly string[] ModelTypes = ["custom_model", "mlflow_model", "triton_model"];

    public void Map(ServiceRoutes routes)
    {
        routes.Workspace("PUT", "/data/{name}/versions/{version}", PutData, BodyShapes.Data);
        routes.Workspace("GET", "/data/{name}/versions/{version}", request => ServiceResponse.Ok(Show(FindData(request) ?? throw Missing(request, "data asset"))));
        routes.Workspace("DELETE", "/data/{name}/versions/{version}", request => Delete(FindData(request) is { } data ? data with { DeletedAt = request.Now } : null));
        routes.Workspace("GET", "/data/{name}/versions", ListDataVersions);
        routes.Workspace("GET", "/data/{name}", request => ServiceResponse.Ok(ShowContainer([.. DataVersions(request.Route("name"))], request)));
        routes.Workspace("GET", "/data", request => Paging.Page(
            request,
            store.All<DataVersionRecord>().Where(data => data.DeletedAt is null).GroupBy(data => data.Name, StringComparer.OrdinalIgnoreCase).OrderBy(group => group.Key, StringComparer.Ordinal),
            workspace.Options.PageSize,
            group => ShowContainer([.. group], request)));
        routes.WorkspaceAsync("PUT", "/models/{name}/versions/{version}", request => computation.ObserveAsync(request, () => PutModel(request)), BodyShapes.Model);
        routes.Workspace("GET", "/models/{name}/versions/{version}", request => ServiceResponse.Ok(Show(FindModel(request) ?? throw Missing(request, "model"))));
        routes.Workspace("DELETE", "/models/{name}/versions/{version}", request => Delete(FindModel(request) is { } model ? model with { DeletedAt = request.Now } : null));
        routes.Workspace("GET", "/models/{name}/versions", ListModelVersions);
        routes.Workspace("GET", "/models/{name}", ModelContainer);
        routes.Workspace("GET", "/models", ListModels);
    }

    private ServiceResponse PutData(ServiceRequest request)
    {
        string name = request.Route("name");
        ResourceNames.RequireAsset("data asset", name);
        JsonObject properties = request.Body.RequiredObject("properties");
        RequireWord(properties, "dataType", DataTypes);
        string uri = properties.RequiredText("dataUri");
        CheckAsset(properties);
        DataVersionRecord? existing = store.Find<DataVersionRecord>(DataVersionRecord.KeyOf(name, request.Route("version")));
        if (existing?.DeletedAt is not null)
        {
            throw Deleted("data asset", request);
        }

        if (existing is not null && (existing.Properties.Text("dataUri") != uri || !Same(existing.Properties, properties, "dataType")))
        {
            throw Different("data asset", request);
        }

        DataVersionRecord data = new(name, request.Route("version"), properties.Copy(), existing?.CreatedAt ?? request.Now, request.Now);
        store.Save(data);
        return Answer(request, Show(data), existing is null, $"data/{data.Name}/versions/{data.Version}");
    }

    private ServiceResponse PutModel(ServiceRequest request)
    {
        string name = request.Route("name");
        string version = request.Route("version");
        ResourceNames.RequireAsset("model", name);
        JsonObject properties = request.Body.RequiredObject("properties");
        if (properties["modelType"] is not null)
        {
            RequireWord(properties, "modelType", ModelTypes);
        }

        string uri = properties.RequiredText("modelUri");
        CheckAsset(properties);
        ModelVersionRecord? existing = store.Find<ModelVersionRecord>(ModelVersionRecord.KeyOf(name, version));
        if (existing?.DeletedAt is not null)
        {
            throw Deleted("model", request);
        }

        if (existing is not null && (existing.ModelUri != uri || !Same(existing.Properties, properties, "modelType")))
        {
            throw Different("model", request);
        }

        string? job = existing is null ? JobOf(uri, properties.Text("modelType") ?? "custom_model", request.Now) : existing.JobName;
        ModelVersionRecord model = new(name, version, properties.Copy(), uri, job, existing?.CreatedAt ?? request.Now, request.Now);
        store.Save(model);
        return Answer(request, Show(model), existing is null, $"models/{name}/versions/{version}");
    }

    /// <summary>The job that the model is an output of; none for a path in a datastore.</summary>
    private string? JobOf(string uri, string type, DateTimeOffset now)
    {
        if (JobOutputUri.Parse(uri) is not { } output)
        {
            return DatastoreUri.TryParse(uri, out _)
                ? null
                : throw ServiceException.UserError($"'{uri}' is neither an output of a job nor a path in a datastore.", "properties.modelUri");
        }

        if (store.Find<JobRecord>(JobRecord.KeyOf(output.Job)) is not { } job || job.IsGone(now))
        {
            throw ServiceException.UserError($"The job '{output.Job}' of '{uri}' was not found.", "properties.modelUri");
        }

        if (job.Properties.Object("outputs")?.Object(output.Output) is not { } declared)
        {
            throw ServiceException.UserError($"The job '{job.Name}' has no output '{output.Output}'.", "properties.modelUri");
        }

        string status = computation.View(job, now).Status;
        if (status != RunStatus.Completed)
        {
            throw ServiceException.UserError($"The job '{job.Name}' is {status}; its outputs are there once it is Completed.", "properties.modelUri");
        }

        return declared.RequiredText("jobOutputType").Equals(type, StringComparison.OrdinalIgnoreCase)
            ? job.Name
            : throw ServiceException.UserError($"The output '{output.Output}' is a {declared.Text("jobOutputType")}, not a {type}.", "properties.modelType");
    }

    /// <summary>The version with its time of deletion, or none if it is not there.</summary>
    private ServiceResponse Delete(StoredRecord? deleted)
    {
        if (deleted is null)
        {
            return ServiceResponse.NoContent();
        }

        store.Save(deleted);
        return new ServiceResponse(200);
    }

    private DataVersionRecord? FindData(ServiceRequest request) =>
        store.Find<DataVersionRecord>(DataVersionRecord.KeyOf(request.Route("name"), request.Route("version"))) is { DeletedAt: null } data ? data : null;

    private ModelVersionRecord? FindModel(ServiceRequest request) =>
        store.Find<ModelVersionRecord>(ModelVersionRecord.KeyOf(request.Route("name"), request.Route("version"))) is { DeletedAt: null } model ? model : null;

    private IEnumerable<DataVersionRecord> DataVersions(string name) =>
        store.All<DataVersionRecord>().Where(data => data.DeletedAt is null && data.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private ServiceResponse ListDataVersions(ServiceRequest request)
    {
        List<DataVersionRecord> versions = [.. DataVersions(request.Route("name"))];
        RequireAny(request, "data asset", versions.Count);
        IEnumerable<DataVersionRecord> listed = ListView.Filter(request, versions, data => data.Properties.Boolean("isArchived") == true);
        return Paging.Page(request, Ordering.Apply(request, listed, data => data.CreatedAt), workspace.Options.PageSize, Show);
    }

    private void RequireAny(ServiceRequest request, string kind, int count)
    {
        if (count == 0)
        {
            throw ServiceException.NotFound($"The {kind} '{request.Route("name")}' was not found in the workspace '{workspace.Options.WorkspaceName}'.");
        }
    }

    private JsonObject ShowContainer(List<DataVersionRecord> versions, ServiceRequest request)
    {
        RequireAny(request, "data asset", versions.Count);
        DataVersionRecord? latest = versions.Where(data => data.Properties.Boolean("isArchived") != true).MaxBy(data => data.CreatedAt);
        string name = versions[0].Name;
        JsonObject body = workspace.Envelope("data/" + name, name, "data");
        JsonObject properties = SimulatedWorkspace.ContainerProperties(latest?.Version);
        properties["dataType"] = versions[0].Properties.Text("dataType");
        body["properties"] = properties;
        body["systemData"] = SimulatedWorkspace.SystemData(versions.Min(data => data.CreatedAt));
        return body;
    }

    private ServiceResponse ListModelVersions(ServiceRequest request)
    {
        string name = request.Route("name");
        List<ModelVersionRecord> versions = [.. Versions(name)];
        RequireAny(request, "model", versions.Count);
        IEnumerable<ModelVersionRecord> listed = ListView.Filter(request, versions, IsArchived);
        if (request.Query("version") is { } version)
        {
            listed = listed.Where(model => model.Version == version);
        }

        if (request.Query("tags") is { } tags)
        {
            listed = listed.Where(model => TagFilter.Matches(tags, model.Properties.Object("tags")));
        }

        return Paging.Page(request, Ordering.Apply(request, listed, model => model.CreatedAt), workspace.Options.PageSize, Show);
    }

    private ServiceResponse ModelContainer(ServiceRequest request)
    {
        List<ModelVersionRecord> versions = [.. Versions(request.Route("name"))];
        RequireAny(request, "model", versions.Count);
        return ServiceResponse.Ok(ShowContainer(versions));
    }

    private ServiceResponse ListModels(ServiceRequest request) => Paging.Page(
        request,
        store.All<ModelVersionRecord>().Where(model => model.DeletedAt is null).GroupBy(model => model.Name, StringComparer.OrdinalIgnoreCase).OrderBy(group => group.Key, StringComparer.Ordinal),
        workspace.Options.PageSize,
        group => ShowContainer([.. group]));

    private IEnumerable<ModelVersionRecord> Versions(string name) =>
        store.All<ModelVersionRecord>().Where(model => model.DeletedAt is null && model.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static bool IsArchived(ModelVersionRecord model) => model.Properties.Boolean("isArchived") == true;

    private static void CheckAsset(JsonObject properties)
    {
        properties.Text("description");
        properties.Boolean("isAnonymous");
        properties.Boolean("isArchived");
        properties.Tags("tags");
        properties.Tags("properties");
    }

    private static void RequireWord(JsonObject properties, string name, string[] words)
    {
        string word = properties.RequiredText(name);
        if (!words.Contains(word, StringComparer.OrdinalIgnoreCase))
        {
            throw ServiceException.BadRequest($"'{word}' is not one of {string.Join(", ", words)}.", "properties." + name);
        }
    }

    private static bool Same(JsonObject one, JsonObject other, string name) =>
        string.Equals(one.Text(name), other.Text(name), StringComparison.OrdinalIgnoreCase);

    private static ServiceException Different(string kind, ServiceRequest request) => ServiceException.UserError(
        $"The {kind} {request.Route("name")}:{request.Route("version")} already exists with different content. Register it under another version.");

    private static ServiceException Deleted(string kind, ServiceRequest request) => ServiceException.Conflict(
        $"The {kind} {request.Route("name")}:{request.Route("version")} was deleted, and its name and version stay taken. Register it under another version.");

    private static ServiceException Missing(ServiceRequest request, string kind) =>
        ServiceException.NotFound($"The {kind} {request.Route("name")}:{request.Route("version")} was not found.");

    private ServiceResponse Answer(ServiceRequest request, JsonObject body, bool created, string id) => created
        ? ServiceResponse.Created(body).With("Location", workspace.ResourceUrl(request, id))
        : ServiceResponse.Ok(body);

    private JsonObject Show(DataVersionRecord data)
    {
        JsonObject body = workspace.Envelope($"data/{data.Name}/versions/{data.Version}", data.Version, "data/versions");
        JsonObject properties = Asset(data.Properties);
        properties["dataType"] = data.Properties.Text("dataType");
        properties["dataUri"] = data.Properties.Text("dataUri");
        body["properties"] = properties;
        body["systemData"] = SimulatedWorkspace.SystemData(data.CreatedAt, data.ModifiedAt);
        return body;
    }

    private JsonObject Show(ModelVersionRecord model)
    {
        JsonObject body = workspace.Envelope($"models/{model.Name}/versions/{model.Version}", model.Version, "models/versions");
        JsonObject properties = Asset(model.Properties);

        // Always an object: the official client fails on null.
        properties["flavors"] = model.Properties.CopyOf("flavors")
            ?? (model.JobName is null ? new JsonObject() : new JsonObject { ["python_function"] = new JsonObject { ["data"] = new JsonObject() } });
        properties["modelType"] = model.Properties.Text("modelType") ?? "custom_model";
        properties["modelUri"] = model.ModelUri;
        properties["jobName"] = model.JobName;
        body["properties"] = properties;
        body["systemData"] = SimulatedWorkspace.SystemData(model.CreatedAt, model.ModifiedAt);
        return body;
    }

    private JsonObject ShowContainer(List<ModelVersionRecord> versions)
    {
        ModelVersionRecord? latest = versions.Where(model => !IsArchived(model)).MaxBy(model => model.CreatedAt);
        string name = versions[0].Name;
        JsonObject body = workspace.Envelope("models/" + name, name, "models");
        body["properties"] = SimulatedWorkspace.ContainerProperties(latest?.Version);
        body["systemData"] = SimulatedWorkspace.SystemData(versions.Min(model => model.CreatedAt));
        return body;
    }

    private static JsonObject Asset(JsonObject sent) => new()
    {
        ["description"] = sent.Text("description"),
        ["tags"] = sent.CopyOf("tags") ?? new JsonObject(),
        ["properties"] = sent.CopyOf("properties") ?? new JsonObject(),
        ["isArchived"] = sent.Boolean("isArchived") ?? false,
        ["isAnonymous"] = sent.Boolean("isAnonymous") ?? false,
    };
}
