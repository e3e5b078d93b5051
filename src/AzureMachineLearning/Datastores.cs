using System.Net;
using System.Text.Json;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning;

/// <summary><c>Microsoft.MachineLearningServices/workspaces/datastores</c>.</summary>
internal sealed class Datastores(ServicePipeline pipeline) : IDatastoreAccess
{
    // What every workspace is created with, and what azure-ai-ml uploads to.
    private const string BuiltIn = "workspaceblobstore";

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET {workspace}/datastores?isDefault=true</c> (Datastores_List), else <c>GET {workspace}/datastores/workspaceblobstore</c> (Datastores_Get); then
    /// <c>POST {workspace}/datastores/{name}/listSecrets</c> (Datastores_ListSecrets) unless it is opened by identity.
    /// </remarks>
    public async Task<DatastoreLocation> GetDefaultAsync(CancellationToken cancellationToken = default)
    {
        JsonElement datastore = default;
        await foreach (JsonElement item in pipeline.List(pipeline.WorkspaceUrl($"/datastores", "&isDefault=true"), cancellationToken))
        {
            datastore = item;
            break;
        }

        if (datastore.ValueKind != JsonValueKind.Object)
        {
            datastore = (await pipeline.GetAsync(pipeline.WorkspaceUrl($"/datastores/{BuiltIn}"), cancellationToken: cancellationToken)).Json;
        }

        string name = datastore.At("name").Text() ?? BuiltIn;
        JsonElement properties = datastore.At("properties");
        string type = properties.At("datastoreType").Text() ?? "";
        if (!type.Equals("AzureBlob", StringComparison.OrdinalIgnoreCase))
        {
            throw Unusable(name, $"is of type '{type}'; datasets are uploaded to AzureBlob only");
        }

        string credentialsType = properties.At("credentials", "credentialsType").Text() ?? "None";
        DatastoreCredentialsType credentials = Enum.TryParse(credentialsType, ignoreCase: true, out DatastoreCredentialsType known) && !char.IsAsciiDigit(credentialsType[0])
            ? known
            : throw Unusable(name, $"is opened by '{credentialsType}'; AccountKey, Sas and None (this host's identity) are supported");
        string? secret = null;
        if (credentials != DatastoreCredentialsType.None)
        {
            JsonElement secrets = (await pipeline.PostAsync(pipeline.WorkspaceUrl($"/datastores/{name}/listSecrets"), cancellationToken: cancellationToken)).Json;
            secret = (credentials == DatastoreCredentialsType.AccountKey ? secrets.At("key") : secrets.At("sasToken")).Text()?.TrimStart('?');
            if (string.IsNullOrEmpty(secret))
            {
                throw Unusable(name, $"has credentials of type {credentials}, but the service gave no such secret");
            }
        }

        string account = properties.At("accountName").Text() ?? "";
        return new DatastoreLocation(name, ContainerUri(name, account, properties), account, credentials, secret);
    }

    /// <summary>Azure's blobs live at <c>{account}.blob.{endpoint}</c>; an emulator's at an address that has no subdomains.</summary>
    private static Uri ContainerUri(string name, string account, JsonElement properties)
    {
        string protocol = properties.At("protocol").Text() ?? Uri.UriSchemeHttps;
        string endpoint = properties.At("endpoint").Text() ?? "core.windows.net";
        string container = properties.At("containerName").Text() ?? "";
        if (account.Length == 0 || container.Length == 0 || !Uri.TryCreate($"{protocol}://{endpoint}", UriKind.Absolute, out Uri? host))
        {
            throw Unusable(name, "lacks its account, container or endpoint");
        }

        bool isPathStyle = host.IsLoopback || IPAddress.TryParse(host.Host, out _);
        var uri = new Uri(isPathStyle ? $"{protocol}://{endpoint}/{account}/{container}" : $"{protocol}://{account}.blob.{endpoint}/{container}");
        return uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)
            ? uri
            : throw Unusable(name, $"asks for '{protocol}': no key is sent without TLS, but to this machine");
    }

    private static UpstreamException Unusable(string name, string why) =>
        new(OutcomeKind.Invalid, new Failure("DatastoreNotSupported", $"The default datastore '{name}' {why}.")
        {
            Where = $"datastores/{name}",
            NextStep = "Make a blob datastore with an account key, a SAS or identity-based access the workspace's default.",
        });
}
