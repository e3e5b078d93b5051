using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>The container that people drop datasets into. What they dropped is only ever read; a refused dataset is marked beside it.</summary>
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

    /// <summary>Marks a dataset as refused: its report lies beside it, where whoever dropped it looks first.</summary>
    /// <param name="path">The dataset's path; a folder's ends with a slash.</param>
    /// <param name="page">The report, as a page of HTML.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>When it is written; see <see cref="Rules.DroppedBlobs.RefusalMark"/>.</returns>
    /// <exception cref="UpstreamException">It could not be written.</exception>
    Task MarkRefusedAsync(string path, string page, CancellationToken cancellationToken = default);

    /// <summary>Takes back the mark of a dataset that is accepted now; nothing when there is none.</summary>
    /// <param name="path">The dataset's path.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>When it is gone.</returns>
    /// <exception cref="UpstreamException">It could not be removed.</exception>
    Task ClearRefusalAsync(string path, CancellationToken cancellationToken = default);
}
