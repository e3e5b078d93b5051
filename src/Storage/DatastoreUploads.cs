using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Azure;
using Azure.Core;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Storage;

/// <summary>
/// Uploads that look to Azure ML, its studio and its Python SDK as if azure-ai-ml had made them: same path, same metadata, so that each
/// recognises the other's. Only the metadata come with the blob instead of after it: an upload is there and complete, or not there.
/// </summary>
/// <param name="access">Tells where the default datastore is, and its secret.</param>
/// <param name="credential">Opens a datastore that is based on identity.</param>
/// <param name="options">Of the blob client; null for its defaults.</param>
public sealed partial class DatastoreUploads(IDatastoreAccess access, TokenCredential credential, BlobClientOptions? options = null) : IDatastoreUploads
{
    private const string UploadStatus = "upload_status";
    private const string Completed = "completed";
    private const int BlockSize = 8 * 1024 * 1024;
    private const int ParallelBlocks = 4;
    private const int BlockNameLength = 24;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The hash or the file name is none.</exception>
    public async Task<string> UploadAsync(Stream content, string contentHash, string fileName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (!Hash().IsMatch(contentHash))
        {
            throw new ArgumentException($"'{contentHash}' is no content hash: 32 hexadecimal characters.", nameof(contentHash));
        }

        if (!IsFileName(fileName))
        {
            throw new ArgumentException($"'{fileName}' is no file name for a job's input.", nameof(fileName));
        }

        string blobPath = $"LocalUpload/{contentHash}/{fileName}";
        DatastoreLocation datastore = await access.GetDefaultAsync(cancellationToken);
        string where = $"{datastore.DatastoreName}/{blobPath}";
        try
        {
            await UploadOnceAsync(Connect(datastore, where).GetBlockBlobClient(blobPath), content, where, cancellationToken);
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, where);
        }

        return $"azureml://datastores/{datastore.DatastoreName}/paths/{blobPath}";
    }

    /// <inheritdoc/>
    public async Task CheckAsync(CancellationToken cancellationToken = default)
    {
        DatastoreLocation datastore = await access.GetDefaultAsync(cancellationToken);
        try
        {
            // Whoever may upload may read what is there; a SAS need not cover the container itself.
            BlockBlobClient blob = Connect(datastore, datastore.DatastoreName).GetBlockBlobClient("LocalUpload/" + Guid.Empty.ToString("N"));
            await FindAsync(blob, cancellationToken);
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, datastore.DatastoreName);
        }
    }

    /// <summary>
    /// The path is made of a hash that stands for the content, so that whoever comes second finds the same content. Conditions keep an
    /// attempt from replacing a blob that another one completed meanwhile, and that a job may be reading.
    /// </summary>
    private static async Task UploadOnceAsync(BlockBlobClient blob, Stream content, string where, CancellationToken cancellationToken)
    {
        BlobProperties? existing = await FindAsync(blob, cancellationToken);
        if (existing is not null && IsComplete(existing))
        {
            await CompareAsync(existing, content, where, cancellationToken);
            return;
        }

        List<string> blocks = await StageAsync(blob, content, cancellationToken);
        try
        {
            await blob.CommitBlockListAsync(blocks, CommitOptions(existing), cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status is 409 or 412)
        {
            // Another attempt may have been faster: with the same content.
            if (await FindAsync(blob, cancellationToken) is not { } other || !IsComplete(other))
            {
                throw;
            }
        }
    }

    // Whoever changed the blob by hand: a job must not train on it as if it were this content.
    private static async Task CompareAsync(BlobProperties existing, Stream content, string where, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        long length = 0;
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0; length += read)
        {
        }

        ArrayPool<byte>.Shared.Return(buffer);
        if (length != existing.ContentLength)
        {
            throw new UpstreamException(OutcomeKind.Conflict, new Failure(
                "DatastoreBlobDiffers", $"The datastore holds this upload already, with {existing.ContentLength} bytes instead of {length}.")
            {
                Where = where,
                NextStep = "Delete the blob, unless a job still reads it, and start the run again.",
            });
        }
    }

    /// <summary>Sends blocks, several at a time. A block is named by its place and its content, so that one that an earlier attempt sent is known.</summary>
    private static async Task<List<string>> StageAsync(BlockBlobClient blob, Stream content, CancellationToken cancellationToken)
    {
        Dictionary<string, long> staged = await FindStagedAsync(blob, cancellationToken);
        var blocks = new List<string>();
        var underWay = new Queue<Task>();
        try
        {
            while (true)
            {
                byte[] buffer = ArrayPool<byte>.Shared.Rent(BlockSize);
                int length = await content.ReadAtLeastAsync(buffer.AsMemory(0, BlockSize), BlockSize, throwOnEndOfStream: false, cancellationToken);
                if (length == 0)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    break;
                }

                string block = BlockName(blocks.Count, buffer.AsSpan(0, length));
                blocks.Add(block);
                if (staged.GetValueOrDefault(block) == length)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    continue;
                }

                if (underWay.Count == ParallelBlocks)
                {
                    await underWay.Dequeue();
                }

                underWay.Enqueue(SendAsync(blob, block, buffer, length, cancellationToken));
            }

            await Task.WhenAll(underWay);
            return blocks;
        }
        finally
        {
            // None may go on behind an exception that another one threw.
            await Task.WhenAll(underWay).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task SendAsync(BlockBlobClient blob, string block, byte[] buffer, int length, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(buffer, 0, length, writable: false);
        await blob.StageBlockAsync(block, content, options: null, cancellationToken);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static string BlockName(int place, ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        BinaryPrimitives.WriteInt32BigEndian(hash, place);
        return Convert.ToBase64String(hash[..BlockNameLength]);
    }

    private static async Task<Dictionary<string, long>> FindStagedAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            BlockList list = await blob.GetBlockListAsync(BlockListTypes.Uncommitted, cancellationToken: cancellationToken);
            return list.UncommittedBlocks.ToDictionary(block => block.Name, block => block.SizeLong, StringComparer.Ordinal);
        }
        catch (RequestFailedException exception) when (exception.Status == 404 && exception.ErrorCode != StorageErrors.ContainerNotFound)
        {
            return [];
        }
    }

    private static CommitBlockListOptions CommitOptions(BlobProperties? existing) => new()
    {
        Conditions = existing is null
            ? new BlobRequestConditions { IfNoneMatch = ETag.All }
            : new BlobRequestConditions { IfMatch = existing.ETag },
        HttpHeaders = new BlobHttpHeaders { ContentType = "application/octet-stream" },
        Metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [UploadStatus] = Completed,
            ["name"] = Guid.NewGuid().ToString(),
            ["version"] = Guid.NewGuid().ToString(),
        },
    };

    private static bool IsComplete(BlobProperties blob) =>
        blob.Metadata.TryGetValue(UploadStatus, out string? status) && status == Completed;

    private static async Task<BlobProperties?> FindAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            return await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 404 && exception.ErrorCode != StorageErrors.ContainerNotFound)
        {
            return null;
        }
    }

    private BlobContainerClient Connect(DatastoreLocation datastore, string where)
    {
        if (datastore.CredentialsType != DatastoreCredentialsType.None && string.IsNullOrEmpty(datastore.Secret))
        {
            throw Unusable(where, $"The datastore has no {datastore.CredentialsType}, though it says so.");
        }

        try
        {
            return datastore.CredentialsType switch
            {
                DatastoreCredentialsType.AccountKey => new BlobContainerClient(
                    datastore.ContainerUri, new StorageSharedKeyCredential(datastore.AccountName, datastore.Secret), options),
                DatastoreCredentialsType.Sas => new BlobContainerClient(
                    datastore.ContainerUri, new AzureSasCredential(datastore.Secret!.TrimStart('?')), options),
                _ => new BlobContainerClient(datastore.ContainerUri, credential, options),
            };
        }
        catch (FormatException)
        {
            throw Unusable(where, "The datastore's account key is not Base64.");
        }
        catch (ArgumentException) when (datastore.ContainerUri.Scheme != Uri.UriSchemeHttps)
        {
            throw Unusable(where, "A token may be sent over HTTPS only, and the datastore's address is not.");
        }
    }

    private static UpstreamException Unusable(string where, string message) => new(
        OutcomeKind.Denied,
        new Failure("DatastoreCredentialUnusable", message) { Where = where, NextStep = "Check the workspace's default datastore and its credential." });

    /// <summary>Of characters that the component and a URI take as they are; the component refuses backslash and apostrophe.</summary>
    private static bool IsFileName(string name) => name.Length <= 255 && FileName().IsMatch(name);

    [GeneratedRegex(@"\A[0-9a-f]{32}\z", RegexOptions.None, 1000)]
    private static partial Regex Hash();

    [GeneratedRegex(@"\A[A-Za-z0-9_][A-Za-z0-9._-]*\z", RegexOptions.None, 1000)]
    private static partial Regex FileName();
}
