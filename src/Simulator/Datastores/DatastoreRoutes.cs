using System.Text.Json.Nodes;
using FineTune.Simulator.Http;

namespace FineTune.Simulator.Datastores;

/// <summary>The default datastore and its account key.</summary>
internal sealed class DatastoreRoutes(SimulatedWorkspace workspace, IDatastoreBlobs? blobs)
{
    public const string DefaultName = "workspaceblobstore";

    private readonly Lock _gate = new();
    private Task? _container;

    public void Map(ServiceRoutes routes)
    {
        routes.WorkspaceAsync("GET", "/datastores", async request =>
        {
            await EnsureContainerAsync();
            bool wanted = request.Query("isDefault") is not { } isDefault || isDefault.Equals("true", StringComparison.OrdinalIgnoreCase);
            return ServiceResponse.Ok(new JsonObject { ["value"] = wanted ? [Show()] : new JsonArray(), ["nextLink"] = null });
        });
        routes.WorkspaceAsync("GET", "/datastores/{name}", async request =>
        {
            RequireDefault(request);
            await EnsureContainerAsync();
            return ServiceResponse.Ok(Show());
        });
        routes.WorkspaceAsync("POST", "/datastores/{name}/listSecrets", async request =>
        {
            RequireDefault(request);
            await EnsureContainerAsync();
            return blobs?.Account.Key is { } key
                ? ServiceResponse.Ok(new JsonObject { ["secretsType"] = "AccountKey", ["key"] = key })
                : throw ServiceException.BadRequest($"The datastore '{DefaultName}' has no account key; it is used with an identity.");
        });
    }

    /// <summary>Creates the container the first time somebody asks for the datastore; a failure is tried again the next time.</summary>
    private async Task EnsureContainerAsync()
    {
        if (blobs is null)
        {
            return;
        }

        Task creation;
        lock (_gate)
        {
            if (_container is null or { IsFaulted: true } or { IsCanceled: true })
            {
                _container = blobs.CreateContainerAsync(workspace.ContainerName, CancellationToken.None);
            }

            creation = _container;
        }

        try
        {
            await creation;
        }
        catch (IOException exception)
        {
            throw new ServiceException(503, "StorageUnavailable", exception.Message);
        }
    }

    private static void RequireDefault(ServiceRequest request)
    {
        string name = request.Route("name");
        if (!name.Equals(DefaultName, StringComparison.OrdinalIgnoreCase))
        {
            throw ServiceException.NotFound($"The datastore '{name}' was not found. The simulator has '{DefaultName}'.");
        }
    }

    private JsonObject Show()
    {
        DatastoreAccount account = blobs?.Account ?? new DatastoreAccount("simulatorstorage", "core.windows.net", "https", null);
        JsonObject body = workspace.Envelope("datastores/" + DefaultName, DefaultName, "datastores");
        body["properties"] = new JsonObject
        {
            ["description"] = null,
            ["tags"] = null,
            ["properties"] = null,
            ["isDefault"] = true,
            ["credentials"] = new JsonObject { ["credentialsType"] = account.Key is null ? "None" : "AccountKey" },
            ["datastoreType"] = "AzureBlob",
            ["accountName"] = account.Name,
            ["containerName"] = workspace.ContainerName,
            ["endpoint"] = account.Endpoint,
            ["protocol"] = account.Protocol,
            ["serviceDataAccessAuthIdentity"] = "None",
        };
        body["systemData"] = SimulatedWorkspace.SystemData(workspace.CreatedAt);
        return body;
    }
}
