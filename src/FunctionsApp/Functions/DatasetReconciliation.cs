using Azure.Storage.Blobs;
using FineTune.Storage;
using FineTune.Workflow.Runs;

namespace FineTune.FunctionsApp.Functions;

/// <summary>Looks over all dropped datasets, and remembers between looks which ones have had their run.</summary>
public sealed class DatasetReconciliation : IDisposable
{
    private readonly DroppedDatasetWatcher _watcher;
    private readonly SemaphoreSlim _oneLook = new(1);
    private DatasetIntake? _intake;

    /// <summary>Creates it.</summary>
    /// <param name="account">The storage account.</param>
    /// <param name="logger">The watcher's log.</param>
    /// <param name="time">The clock.</param>
    public DatasetReconciliation(BlobServiceClient account, ILogger<DroppedDatasetWatcher> logger, TimeProvider time) =>
        _watcher = new DroppedDatasetWatcher(account, (drop, token) => _intake!.HandleAsync(drop, token), logger, time, Timeout.InfiniteTimeSpan);

    /// <summary>Looks once.</summary>
    /// <param name="intake">Starts the runs that are missing.</param>
    /// <param name="cancellationToken">Stops the look.</param>
    /// <returns>When every drop has its run, or its failure has been logged.</returns>
    /// <exception cref="Workflow.Ports.UpstreamException">Storage could not be read.</exception>
    public async Task LookAsync(DatasetIntake intake, CancellationToken cancellationToken)
    {
        await _oneLook.WaitAsync(cancellationToken);
        try
        {
            _intake = intake;
            await _watcher.LookAsync(cancellationToken);
        }
        finally
        {
            _oneLook.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _oneLook.Dispose();
}
