using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Ports;

/// <summary>
/// Takes the files of a prepared dataset: a JSONL file for each split, its row map, and the log of changes. A sink may pass the bytes on
/// while they come. No two calls overlap; streams are written from start to end, in large blocks, and disposed at their end.
/// </summary>
public interface IDatasetSink
{
    /// <summary>Starts a file.</summary>
    /// <param name="fileName">Its name, such as <c>train_sft.jsonl</c>; each comes once.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Takes its bytes; written to synchronously, from a thread of its own.</returns>
    Task<Stream> CreateAsync(string fileName, CancellationToken cancellationToken);

    /// <summary>Takes note that a split is complete; its stream is disposed. Called for all splits at the end, when the dataset is not refused.</summary>
    /// <param name="split">Its name, rows, bytes and hash.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Done.</returns>
    Task CompleteAsync(PreparedSplit split, CancellationToken cancellationToken);

    /// <summary>Takes a file back: the dataset was refused, or an exception ended the work. Its stream is disposed.</summary>
    /// <param name="fileName">Its name.</param>
    /// <returns>Done.</returns>
    Task DiscardAsync(string fileName);
}
