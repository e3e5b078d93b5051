namespace FineTune.Simulator.Datastores;

/// <summary>Blobs as files below a folder, one folder a container: enough for the simulator to read what a test has put there.</summary>
/// <param name="directory">Folder that holds the containers.</param>
public sealed class DirectoryDatastoreBlobs(string directory) : IDatastoreBlobs
{
    private readonly string _root = Path.GetFullPath(directory);

    /// <inheritdoc/>
    public DatastoreAccount Account { get; } = new("directory", "localhost", "file", null);

    /// <inheritdoc/>
    public Task CreateContainerAsync(string container, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(FileOf(container, ""));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenReadAsync(string container, string path, CancellationToken cancellationToken)
    {
        string file = FileOf(container, path);
        return Task.FromResult<Stream?>(File.Exists(file) ? File.OpenRead(file) : null);
    }

    private string FileOf(string container, string path)
    {
        string file = Path.GetFullPath(Path.Combine(_root, container, path));
        return file.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? file
            : throw new ArgumentException($"'{path}' leads out of the datastore.", nameof(path));
    }
}
