using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>The container that people drop datasets into. It is only ever read.</summary>
public interface IDatasetSource
{
    /// <summary>Finds a dataset's files: one blob, or the dataset files of a folder, in name order.</summary>
    /// <param name="path">A blob's name, or a folder's with a slash at its end.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The files; without <c>run.json</c> and other files that are no datasets.</returns>
    /// <exception cref="UpstreamException">NotFound: there is no such blob, or no dataset file in the folder.</exception>
    Task<IReadOnlyList<DatasetFile>> ListAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Opens a file for reading from its start; forward only, streamed.</summary>
    /// <param name="file">Which, in the version that was listed.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The content.</returns>
    /// <exception cref="UpstreamException">Conflict: the blob changed since it was listed. NotFound: it is gone.</exception>
    Task<Stream> OpenReadAsync(DatasetFile file, CancellationToken cancellationToken = default);

    /// <summary>Reads the <c>run.json</c> that belongs to a dropped dataset.</summary>
    /// <param name="drop">The drop.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Its name and content (1 MB at most), or null when there is none.</returns>
    Task<RunRequestFile?> ReadRunRequestAsync(DroppedDataset drop, CancellationToken cancellationToken = default);
}
