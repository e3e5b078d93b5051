namespace FineTune.Workflow.Ports;

/// <summary>Where the workspace's default datastore keeps its blobs, and with what credential.</summary>
public interface IDatastoreAccess
{
    /// <summary>Reads the default datastore and its secret. The result is a secret: use it inside one activity, never store it.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Container address and credential.</returns>
    Task<DatastoreLocation> GetDefaultAsync(CancellationToken cancellationToken = default);
}
