using FineTune.Simulator.Datastores;

namespace FineTune.AzureMachineLearning.Tests.Simulated;

/// <summary>Blobs in a folder that claim to be an emulator's account, since no blob is fetched over HTTP here.</summary>
internal sealed class FolderBlobs(string directory) : IDatastoreBlobs
{
    private readonly DirectoryDatastoreBlobs _folder = new(directory);

    public DatastoreAccount Account { get; } = new("devstoreaccount1", "127.0.0.1:10000", "http", "c2VjcmV0");

    public Task CreateContainerAsync(string container, CancellationToken cancellationToken) => _folder.CreateContainerAsync(container, cancellationToken);

    public Task<Stream?> OpenReadAsync(string container, string path, CancellationToken cancellationToken) =>
        _folder.OpenReadAsync(container, path, cancellationToken);
}
