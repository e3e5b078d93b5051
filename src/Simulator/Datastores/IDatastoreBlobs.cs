namespace FineTune.Simulator.Datastores;

/// <summary>The blobs of the workspace's default datastore.</summary>
public interface IDatastoreBlobs
{
    /// <summary>What <c>GET datastores/workspaceblobstore</c> tells clients about the account.</summary>
    DatastoreAccount Account { get; }

    /// <summary>Makes sure that the container exists.</summary>
    /// <param name="container">Name of the container.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that ends when it exists.</returns>
    /// <exception cref="IOException">The account cannot be reached, or refuses.</exception>
    Task CreateContainerAsync(string container, CancellationToken cancellationToken);

    /// <summary>Opens a blob for reading.</summary>
    /// <param name="container">Name of the container.</param>
    /// <param name="path">Name of the blob.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The content, or none if there is no such blob. The caller disposes it.</returns>
    /// <exception cref="IOException">The account cannot be reached, or refuses.</exception>
    Task<Stream?> OpenReadAsync(string container, string path, CancellationToken cancellationToken);
}
