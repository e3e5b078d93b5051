namespace FineTune.Workflow.Ports;

/// <summary>Uploads to the workspace's default datastore, to paths as azure-ai-ml makes them (<c>LocalUpload/{hash}/{file}</c>).</summary>
public interface IDatastoreUploads
{
    /// <summary>
    /// Uploads content while it comes, unless it is there already. Nothing can be seen of it before it is whole; what an attempt that
    /// was broken off had sent, the next one does not send again.
    /// </summary>
    /// <param name="content">The content, read from its start to its end. When reading it fails, nothing is uploaded.</param>
    /// <param name="contentHash">32 hexadecimal characters that stand for the content: the same for the same, another for another.</param>
    /// <param name="fileName">The blob's last segment; no slash, backslash or apostrophe.</param>
    /// <param name="cancellationToken">Stops the upload.</param>
    /// <returns>The <c>azureml://datastores/…/paths/…</c> URI for use as a job input.</returns>
    Task<string> UploadAsync(Stream content, string contentHash, string fileName, CancellationToken cancellationToken = default);

    /// <summary>Checks, by a read, that the default datastore is there and its credential opens it.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>A task that fails with an <see cref="UpstreamException"/> when it is not or does not.</returns>
    Task CheckAsync(CancellationToken cancellationToken = default);
}
