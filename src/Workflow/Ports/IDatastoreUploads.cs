namespace FineTune.Workflow.Ports;

/// <summary>Uploads to the workspace's default datastore, addressed by content as azure-ai-ml does (<c>LocalUpload/{hash}/{file}</c>).</summary>
public interface IDatastoreUploads
{
    /// <summary>Uploads a local file unless the same content is there already.</summary>
    /// <param name="path">The local file.</param>
    /// <param name="contentHash">32 hexadecimal characters that stand for its content.</param>
    /// <param name="fileName">The blob's last segment; no slash, backslash or apostrophe.</param>
    /// <param name="cancellationToken">Stops the upload.</param>
    /// <returns>The <c>azureml://datastores/…/paths/…</c> URI for use as a job input.</returns>
    Task<string> UploadAsync(string path, string contentHash, string fileName, CancellationToken cancellationToken = default);
}
