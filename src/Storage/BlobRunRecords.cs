using System.Text.RegularExpressions;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using FineTune.Workflow.Ports;

namespace FineTune.Storage;

/// <summary>Run records as blobs <c>{runId}/{name}</c>. The container is made at the first record.</summary>
/// <param name="service">The storage account.</param>
/// <param name="containerName">The container.</param>
public sealed partial class BlobRunRecords(BlobServiceClient service, string containerName = BlobRunRecords.ContainerName) : IRunRecords
{
    /// <summary>The container, unless told otherwise.</summary>
    public const string ContainerName = "runs";

    private readonly BlobContainerClient _container = service.GetBlobContainerClient(containerName);
    private volatile bool _containerExists;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The run id or the name is none.</exception>
    public async Task<string> WriteAsync(
        string runId, string name, Stream content, string contentType, CancellationToken cancellationToken = default)
    {
        if (!IsName(runId) || !IsName(name))
        {
            throw new ArgumentException($"'{runId}' or '{name}' is no record's name: letters, digits, dashes, dots, underscores; at most 128.", nameof(name));
        }

        BlobClient blob = _container.GetBlobClient($"{runId}/{name}");
        try
        {
            await EnsureContainerAsync(cancellationToken);
            await blob.UploadAsync(
                content, new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = contentType } }, cancellationToken);
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            // Somebody may have deleted the container: the next attempt makes it again.
            _containerExists = false;
            throw StorageErrors.Translate(exception, Where(runId, name));
        }

        // Without a shared access signature, should the client have one.
        return blob.Uri.GetLeftPart(UriPartial.Path);
    }

    /// <inheritdoc/>
    public async Task<RunRecord?> OpenAsync(string runId, string name, CancellationToken cancellationToken = default)
    {
        if (!IsName(runId) || !IsName(name))
        {
            return null;
        }

        try
        {
            BlobDownloadStreamingResult blob =
                await _container.GetBlobClient($"{runId}/{name}").DownloadStreamingAsync(cancellationToken: cancellationToken);
            return new RunRecord(new StorageReadStream(blob.Content, Where(runId, name)), blob.Details.ContentType);
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, Where(runId, name));
        }
    }

    private async Task EnsureContainerAsync(CancellationToken cancellationToken)
    {
        if (_containerExists)
        {
            return;
        }

        try
        {
            await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 403)
        {
            // Rights on blobs alone are enough where the container exists; where it does not, the write says so.
        }

        _containerExists = true;
    }

    private string Where(string runId, string name) => $"{containerName}/{runId}/{name}";

    /// <summary>Starts with a letter or digit, so that it is never <c>.</c>, <c>..</c> or an option; has nothing that a URI or a file system reads otherwise.</summary>
    private static bool IsName(string name) => name.Length <= 128 && Name().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]*\z", RegexOptions.None, 1000)]
    private static partial Regex Name();
}
