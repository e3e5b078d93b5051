using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;
using Microsoft.Extensions.Logging;

namespace FineTune.Storage;

/// <summary>Tells what a blob that an event names stands for. What it leaves alone, <see cref="DroppedDatasetWatcher"/> may still find.</summary>
/// <param name="service">The storage account.</param>
/// <param name="logger">The log.</param>
/// <param name="containerName">The container that datasets are dropped into.</param>
public sealed partial class DroppedBlobReader(
    BlobServiceClient service, ILogger<DroppedBlobReader> logger, string containerName = DroppedBlobs.Container)
{
    private readonly BlobContainerClient _container = service.GetBlobContainerClient(containerName);

    /// <summary>Looks at a blob.</summary>
    /// <param name="name">Its name in the container.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The dropped dataset; null when the blob starts no run, which is logged.</returns>
    /// <exception cref="UpstreamException">Storage could not be read.</exception>
    public async Task<DroppedDataset?> ReadAsync(string name, CancellationToken cancellationToken = default)
    {
        DroppedBlobKind kind = DroppedBlobs.Classify(name);
        if (kind is not (DroppedBlobKind.Dataset or DroppedBlobKind.Folder))
        {
            LogIgnored(containerName, name, kind switch
            {
                DroppedBlobKind.FolderMember => "its folder starts when run.json is dropped there",
                DroppedBlobKind.RunRequest => "it is the request of the dataset beside it",
                _ => DroppedBlobs.IgnoredBecause(name),
            });
            return null;
        }

        try
        {
            BlobProperties blob = await _container.GetBlobClient(name).GetPropertiesAsync(cancellationToken: cancellationToken);

            // An append blob grows request by request, and its first event comes with the first of them.
            if (blob.ContentLength == 0 || blob.BlobType == BlobType.Append)
            {
                LogIgnored(containerName, name, blob.ContentLength == 0 ? "it is empty" : "it may still grow; the next look at the container tells");
                return null;
            }

            return new DroppedDataset(containerName, name, StorageETags.Plain(blob.ETag));
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            LogIgnored(containerName, name, "it is there no more");
            return null;
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, $"{containerName}/{name}");
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Blob {Container}/{Blob} is left alone: {Reason}.")]
    private partial void LogIgnored(string container, string blob, string reason);
}
