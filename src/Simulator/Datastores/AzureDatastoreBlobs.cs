using Azure;
using Azure.Storage.Blobs;

namespace FineTune.Simulator.Datastores;

/// <summary>Blobs in an Azure Storage account or in Azurite.</summary>
public sealed class AzureDatastoreBlobs : IDatastoreBlobs
{
    private readonly BlobServiceClient _service;

    /// <summary>Connects to an account; nothing is sent yet.</summary>
    /// <param name="connectionString">Connection string with the account's key.</param>
    /// <exception cref="FormatException">The connection string cannot be read.</exception>
    public AzureDatastoreBlobs(string connectionString)
    {
        // The newest service version that every Azurite in use understands. Few and short retries: somebody waits for the answer.
        BlobClientOptions options = new(BlobClientOptions.ServiceVersion.V2021_12_02);
        options.Retry.MaxRetries = 2;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        _service = new BlobServiceClient(connectionString, options);
        Uri uri = _service.Uri;
        string suffix = $"{_service.AccountName}.blob.";
        bool hosted = uri.Host.StartsWith(suffix, StringComparison.OrdinalIgnoreCase);
        Account = new DatastoreAccount(
            _service.AccountName,
            hosted ? uri.Authority[suffix.Length..] : uri.Authority,
            uri.Scheme,
            KeyOf(connectionString));
    }

    /// <inheritdoc/>
    public DatastoreAccount Account { get; }

    /// <summary>Where the account's blobs are reached.</summary>
    public Uri Service => _service.Uri;

    /// <inheritdoc/>
    public async Task CreateContainerAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await _service.GetBlobContainerClient(container).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException)
        {
            throw Unreachable(exception);
        }
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenReadAsync(string container, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await _service.GetBlobContainerClient(container).GetBlobClient(path).OpenReadAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException)
        {
            throw Unreachable(exception);
        }
    }

    // Without retries the client throws the failure itself, otherwise all of them together.
    private IOException Unreachable(Exception exception)
    {
        Exception cause = exception is AggregateException { InnerExceptions: [.., { } last] } ? last : exception;
        string reason = cause is RequestFailedException { ErrorCode: { } code } ? code : cause.Message;
        return new IOException($"The storage account at {_service.Uri.GetLeftPart(UriPartial.Path)} does not serve: {reason}", exception);
    }

    private static string? KeyOf(string connectionString)
    {
        if (connectionString.Trim().TrimEnd(';').Equals("UseDevelopmentStorage=true", StringComparison.OrdinalIgnoreCase))
        {
            // Published in the emulator's documentation; not a secret.
            return "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
        }

        const string setting = "AccountKey=";
        foreach (string part in connectionString.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.StartsWith(setting, StringComparison.OrdinalIgnoreCase))
            {
                return part[setting.Length..];
            }
        }

        return null;
    }
}
