using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>Turns source files into validated, split JSONL files. Streams: memory does not grow with the input.</summary>
public interface IDatasetPreparation
{
    /// <summary>Reads every file once, checks every row, and writes one JSONL file per split.</summary>
    /// <param name="files">The source files.</param>
    /// <param name="open">Opens one of them.</param>
    /// <param name="request">How much is used and how it is split.</param>
    /// <param name="outputDirectory">An existing, empty local folder for the splits.</param>
    /// <param name="progress">Told of bytes read, at most a few times a second; may be null.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The splits and the report. A refused dataset is a result, not an exception.</returns>
    /// <exception cref="UpstreamException">Invalid: a file can't be read at all (not Parquet, wrong schema, no dataset format).</exception>
    Task<DatasetPreparationResult> PrepareAsync(
        IReadOnlyList<DatasetFile> files,
        Func<DatasetFile, CancellationToken, Task<Stream>> open,
        DatasetRequest request,
        string outputDirectory,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default);
}
