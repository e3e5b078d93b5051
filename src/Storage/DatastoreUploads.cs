using System.Text.RegularExpressions;
using Azure;
using Azure.Core;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
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
    private const int MaxRounds = 3;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The hash or the file name is none.</exception>
    public async Task<string> UploadAsync(string path, string contentHash, string fileName, CancellationToken cancellationToken = default)
    {
        if (!Hash().IsMatch(contentHash))
        {
            throw new ArgumentException($"'{contentHash}' is no content hash: 32 hexadecimal characters.", nameof(contentHash));
        }

        if (!IsFileName(fileName))
        {
            throw new ArgumentException($"'{fileName}' is no file name for a job's input.", nameof(fileName));
        }

        await using FileStream content = Open(path);
        DatastoreLocation datastore = await access.GetDefaultAsync(cancellationToken);
        string blobPath = $"LocalUpload/{contentHash}/{fileName}";
        string where = $"{datastore.DatastoreName}/{blobPath}";
        try
        {
            BlobClient blob = Connect(datastore, where).GetBlobClient(blobPath);
            await UploadOnceAsync(blob, content, cancellationToken);
        }
        catch (Exception exception) when (StorageErrors.IsFrom(exception, cancellationToken))
        {
            throw StorageErrors.Translate(exception, where);
        }

        return $"azureml://datastores/{datastore.DatastoreName}/paths/{blobPath}";
    }

    /// <summary>
    /// The path is made of the content's hash, so that whoever comes second finds the same content. Conditions keep an attempt from replacing
    /// a blob that another one completed meanwhile, and that a job may be reading.
    /// </summary>
    private static async Task UploadOnceAsync(BlobClient blob, FileStream content, CancellationToken cancellationToken)
    {
        for (int round = 1; ; round++)
        {
            BlobProperties? existing = await FindAsync(blob, cancellationToken);
            if (existing is not null && IsComplete(existing, content.Length))
            {
                return;
            }

            try
            {
                content.Position = 0;
                await blob.UploadAsync(content, UploadOptions(existing), cancellationToken);
                return;
            }
            catch (RequestFailedException exception) when (exception.Status is 409 or 412 && round < MaxRounds)
            {
                // Another attempt was faster: look again.
            }
        }
    }

    private static BlobUploadOptions UploadOptions(BlobProperties? existing) => new()
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
        TransferOptions = new StorageTransferOptions
        {
            InitialTransferSize = BlockSize,
            MaximumTransferSize = BlockSize,
            MaximumConcurrency = ParallelBlocks,
        },
    };

    private static bool IsComplete(BlobProperties blob, long length) =>
        blob.ContentLength == length && blob.Metadata.TryGetValue(UploadStatus, out string? status) && status == Completed;

    private static async Task<BlobProperties?> FindAsync(BlobClient blob, CancellationToken cancellationToken)
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

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (IOException exception)
        {
            throw new UpstreamException(
                OutcomeKind.NotFound,
                new Failure("UploadFileMissing", "The file to upload can't be read.") { Where = path, NextStep = "Prepare the dataset again." },
                exception);
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
