using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets;

/// <summary>Writes to a folder.</summary>
/// <param name="directory">An existing folder without files of these names.</param>
public sealed class DirectorySink(string directory) : IDatasetSink
{
    /// <inheritdoc/>
    /// <exception cref="IOException">The file exists, or can't be written.</exception>
    public Task<Stream> CreateAsync(string fileName, CancellationToken cancellationToken) =>
        Task.FromResult<Stream>(new FileStream(Path.Combine(directory, fileName), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0));

    /// <inheritdoc/>
    public Task CompleteAsync(PreparedSplit split, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task DiscardAsync(string fileName)
    {
        File.Delete(Path.Combine(directory, fileName));
        return Task.CompletedTask;
    }
}
