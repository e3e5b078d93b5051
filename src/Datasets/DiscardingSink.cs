using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets;

/// <summary>Keeps nothing: for checking a dataset without preparing it. Rows, bytes and hashes are the same as with any other sink.</summary>
public sealed class DiscardingSink : IDatasetSink
{
    /// <inheritdoc/>
    public Task<Stream> CreateAsync(string fileName, CancellationToken cancellationToken) => Task.FromResult(Stream.Null);

    /// <inheritdoc/>
    public Task CompleteAsync(PreparedSplit split, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task DiscardAsync(string fileName) => Task.CompletedTask;
}
