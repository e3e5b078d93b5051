using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>Turns source files into validated, split JSONL files. Streams: memory does not grow with the input.</summary>
public interface IDatasetPreparation
{
    /// <summary>Reads every file once, checks every row, and gives one JSONL file per split to a sink.</summary>
    /// <param name="files">The source files, in the order in which they are read.</param>
    /// <param name="open">Opens one of them.</param>
    /// <param name="request">How much is used and how it is split.</param>
    /// <param name="checks">What it is checked for because of the training.</param>
    /// <param name="sink">Takes the files while they are made.</param>
    /// <param name="temporaryDirectory">A local folder for temporary files; created when needed, and removed at the end.</param>
    /// <param name="progress">Told of bytes read, at most a few times a second; may be null.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The splits and the report. A refused dataset is a result, not an exception.</returns>
    /// <exception cref="UpstreamException">Invalid: a file can't be read at all (not Parquet, wrong schema, no dataset format).</exception>
    Task<DatasetPreparationResult> PrepareAsync(
        IReadOnlyList<DatasetFile> files,
        Func<DatasetFile, CancellationToken, Task<Stream>> open,
        DatasetRequest request,
        DatasetChecks checks,
        IDatasetSink sink,
        string temporaryDirectory,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default);

    /// <summary>Writes what was found as one self-contained page of HTML.</summary>
    /// <param name="title">The dataset's name.</param>
    /// <param name="result">What was found.</param>
    /// <returns>The page.</returns>
    string RenderReport(string title, DatasetPreparationResult result);
}
