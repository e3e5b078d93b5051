using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Storage;

/// <summary>Datasets in a container; see <see cref="DroppedBlobs"/> for the names. What people dropped it only reads, and always the version that was listed.</summary>
/// <param name="service">The storage account.</param>
/// <param name="containerName">The container.</param>
public sealed class BlobDatasetSource(BlobServiceClient service, string containerName = DroppedBlobs.Container) : IDatasetSource
{
    private const int ReadBufferSize = 4 * 1024 * 1024;
    private const int MaxRunRequestSize = 1024 * 1024;

    private readonly BlobContainerClient _container = service.GetBlobContainerClient(containerName);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DatasetFile>> ListAsync(string path, CancellationToken cancellationToken = default)
    {
        if (!IsPath(path))
        {
            throw Invalid(
                "DatasetPathInvalid",
                "The dataset's path is no blob's name.",
                path,
                $"Give a name relative to the container '{containerName}', with forward slashes; a folder's ends with a slash.");
        }

        if (!path.EndsWith('/') && !DroppedBlobs.IsDataset(path))
        {
            throw Invalid(
                "DatasetFormatUnknown",
                "The blob's name has no extension of a dataset.",
                path,
                $"Known are {string.Join(", ", DroppedBlobs.DatasetExtensions)}; a folder's path ends with a slash.");
        }

        try
        {
            return path.EndsWith('/') ? await ListFolderAsync(path, cancellationToken) : [await GetFileAsync(path, cancellationToken)];
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, Where(path));
        }
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenReadAsync(DatasetFile file, CancellationToken cancellationToken = default)
    {
        BlobOpenReadOptions options = new(allowModifications: false)
        {
            // A block per request: a broken connection costs that block, not the file.
            BufferSize = ReadBufferSize,
            Conditions = file.ETag is null ? null : new BlobRequestConditions { IfMatch = new ETag(file.ETag) },
        };
        try
        {
            return new StorageReadStream(await _container.GetBlobClient(file.Name).OpenReadAsync(options, cancellationToken), Where(file.Name));
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, Where(file.Name));
        }
    }

    /// <inheritdoc/>
    public async Task<RunRequestFile?> ReadRunRequestAsync(DroppedDataset drop, CancellationToken cancellationToken = default)
    {
        if (drop.Container != containerName)
        {
            throw new ArgumentException($"The drop is in '{drop.Container}', not in '{containerName}'.", nameof(drop));
        }

        foreach (string name in DroppedBlobs.RequestNames(drop.Name))
        {
            // A folder's run.json is the drop itself: another version of it is another drop.
            ETag? version = name == drop.Name ? new ETag(drop.ETag) : null;
            if (await ReadSmallAsync(name, version, cancellationToken) is { } content)
            {
                return new RunRequestFile(name, content);
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public async Task MarkRefusedAsync(string path, string page, CancellationToken cancellationToken = default)
    {
        string name = DroppedBlobs.RefusalMark(path);
        try
        {
            await _container.GetBlobClient(name).UploadAsync(
                BinaryData.FromString(page),
                new BlobUploadOptions { HttpHeaders = new BlobHttpHeaders { ContentType = "text/html; charset=utf-8" } },
                cancellationToken);
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, Where(name));
        }
    }

    /// <inheritdoc/>
    public async Task ClearRefusalAsync(string path, CancellationToken cancellationToken = default)
    {
        string name = DroppedBlobs.RefusalMark(path);
        try
        {
            await _container.GetBlobClient(name).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, Where(name));
        }
    }

    private async Task<List<DatasetFile>> ListFolderAsync(string folder, CancellationToken cancellationToken)
    {
        List<DatasetFile> files = [];
        await foreach (BlobItem blob in _container.GetBlobsAsync(prefix: folder, cancellationToken: cancellationToken))
        {
            if (DroppedBlobs.IsDataset(blob.Name))
            {
                files.Add(new DatasetFile(blob.Name, blob.Properties.ContentLength ?? 0, StorageETags.Plain(blob.Properties.ETag)));
            }
        }

        if (files.Count == 0)
        {
            throw new UpstreamException(
                OutcomeKind.NotFound,
                new Failure("DatasetNotFound", $"There is no dataset file ({string.Join(", ", DroppedBlobs.DatasetExtensions)}) in the folder.")
                {
                    Where = Where(folder),
                    NextStep = "Check the folder's name; names are case-sensitive.",
                });
        }

        files.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return files;
    }

    private async Task<DatasetFile> GetFileAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            BlobProperties properties = await _container.GetBlobClient(name).GetPropertiesAsync(cancellationToken: cancellationToken);
            return new DatasetFile(name, properties.ContentLength, StorageETags.Plain(properties.ETag));
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            UpstreamException missing = StorageErrors.Translate(exception, Where(name));
            throw new UpstreamException(missing.Kind, missing.Failure with { Code = "DatasetNotFound" }, exception);
        }
    }

    private async Task<byte[]?> ReadSmallAsync(string name, ETag? version, CancellationToken cancellationToken)
    {
        try
        {
            BlobDownloadOptions options = new() { Conditions = version is null ? null : new BlobRequestConditions { IfMatch = version } };
            using BlobDownloadStreamingResult blob = await _container.GetBlobClient(name).DownloadStreamingAsync(options, cancellationToken);
            if (blob.Details.ContentLength > MaxRunRequestSize)
            {
                throw Invalid("RunRequestTooLarge", "The run's request is larger than 1 MB.", name, "Drop a smaller one.");
            }

            byte[] content = new byte[blob.Details.ContentLength];
            await blob.Content.ReadExactlyAsync(content, cancellationToken);
            return content;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            return null;
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, Where(name));
        }
    }

    private string Where(string name) => $"{containerName}/{name}";

    private UpstreamException Invalid(string code, string message, string name, string nextStep) =>
        new(OutcomeKind.Invalid, new Failure(code, message) { Where = Where(name), NextStep = nextStep });

    /// <summary>Whether a path means the same in a URI as in the container: no empty segment but a folder's last, no dots that a URI would resolve.</summary>
    private static bool IsPath(string path)
    {
        // Limit of blob names: learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata.
        if (path.Length is 0 or > 1024 || path.Contains('\\', StringComparison.Ordinal) || path.Any(char.IsControl))
        {
            return false;
        }

        string[] segments = path.Split('/');
        for (int i = 0; i < segments.Length; i++)
        {
            if (segments[i] is "." or ".." || (segments[i].Length == 0 && (i == 0 || i < segments.Length - 1)))
            {
                return false;
            }
        }

        return true;
    }
}
