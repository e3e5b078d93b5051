using FineTune.Simulator.Datastores;

namespace FineTune.Simulator.Tests;

/// <summary>Blobs that nobody gets before they are released.</summary>
internal sealed class HeldBlobs(IDatastoreBlobs blobs) : IDatastoreBlobs
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when somebody waits for a blob.</summary>
    public Task Asked => _asked.Task;

    public DatastoreAccount Account => blobs.Account;

    public Task CreateContainerAsync(string container, CancellationToken cancellationToken) => blobs.CreateContainerAsync(container, cancellationToken);

    public async Task<Stream?> OpenReadAsync(string container, string path, CancellationToken cancellationToken)
    {
        _asked.TrySetResult();
        await _released.Task.WaitAsync(cancellationToken);
        return await blobs.OpenReadAsync(container, path, cancellationToken);
    }

    public void Release() => _released.TrySetResult();
}
