using System.Text.Json.Nodes;
using Azure.Storage;
using Azure.Storage.Sas;
using FineTune.Simulator.Http;

namespace FineTune.Simulator.Datastores;

/// <summary>The default datastore and its account key.</summary>
internal sealed class DatastoreRoutes(SimulatedWorkspace workspace, IDatastoreBlobs? blobs)
{
    public const string DefaultName = "workspaceblobstore";

    private static readonly TimeSpan SasLifetime = TimeSpan.FromHours(8);

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

            // Later api-versions ask for a secret that expires, whatever the datastore's own is.
            bool expirable = request.HasBody && request.Body.Boolean("expirableSecret") == true;
            return Credentials switch
            {
                DatastoreCredentials.None => throw ServiceException.BadRequest($"The datastore '{DefaultName}' has no secret; it is used with an identity."),
                DatastoreCredentials.AccountKey when !expirable => ServiceResponse.Ok(new JsonObject { ["secretsType"] = "AccountKey", ["key"] = blobs!.Account.Key }),
                _ => ServiceResponse.Ok(new JsonObject { ["secretsType"] = "Sas", ["sasToken"] = SasToken(blobs!.Account) }),
            };
        }, BodyShapes.Secret);
    }

    private DatastoreCredentials Credentials => blobs?.Account.Key is null ? DatastoreCredentials.None : workspace.Options.DatastoreCredentials;

    /// <summary>A signature for reading and writing the container. In real time, by which the account judges it.</summary>
    private string SasToken(DatastoreAccount account)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        BlobSasBuilder sas = new(BlobContainerSasPermissions.All, now + SasLifetime)
        {
            BlobContainerName = workspace.ContainerName,
            Resource = "c",
            StartsOn = now - TimeSpan.FromMinutes(5),
        };
        return sas.ToSasQueryParameters(new StorageSharedKeyCredential(account.Name, account.Key)).ToString();
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
            ["credentials"] = new JsonObject { ["credentialsType"] = Credentials.ToString() },
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
