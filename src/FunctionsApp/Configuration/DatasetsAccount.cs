using Azure.Core;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;

namespace FineTune.FunctionsApp.Configuration;

/// <summary>The storage account of datasets and run records: the same connection that the blob and queue triggers use.</summary>
public static class DatasetsAccount
{
    /// <summary>The connection's name: <c>Datasets</c> is a connection string, or <c>Datasets__blobServiceUri</c> is opened by identity.</summary>
    public const string Connection = "Datasets";

    private const string ServiceUri = $"{Connection}:blobServiceUri";

    /// <summary>Opens the account; nothing is asked of it yet.</summary>
    /// <param name="configuration">The app's settings.</param>
    /// <param name="identity">Opens an account that is named by its address.</param>
    /// <returns>The account.</returns>
    /// <exception cref="OptionsValidationException">The connection is missing or no address.</exception>
    /// <remarks>The settings are those of identity-based connections: learn.microsoft.com/azure/azure-functions/functions-reference.</remarks>
    public static BlobServiceClient Open(IConfiguration configuration, TokenCredential identity)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (configuration[ServiceUri] is { Length: > 0 } address)
        {
            return Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttps
                ? new BlobServiceClient(uri, identity)
                : throw Invalid($"{ServiceUri} must be an https address such as https://account.blob.core.windows.net.");
        }

        return configuration[Connection] is { Length: > 0 } connectionString
            ? new BlobServiceClient(connectionString)
            : throw Invalid($"{Connection} is missing: set {Connection}__blobServiceUri to the account's address, or {Connection} to a connection string.");
    }

    private static OptionsValidationException Invalid(string message) => new(Connection, typeof(BlobServiceClient), [message]);
}
