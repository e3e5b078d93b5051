namespace FineTune.Workflow.Ports;

/// <summary>The container behind a datastore. Not a contract: it holds a secret and must not cross an activity's border.</summary>
/// <param name="DatastoreName">The datastore's name, such as <c>workspaceblobstore</c>.</param>
/// <param name="ContainerUri">The container's address; path-style for an emulator on an IP address.</param>
/// <param name="AccountName">The storage account.</param>
/// <param name="CredentialsType">What <paramref name="Secret"/> is.</param>
/// <param name="Secret">The account key or SAS token; null when the identity of this process is to be used.</param>
public sealed record DatastoreLocation(
    string DatastoreName, Uri ContainerUri, string AccountName, DatastoreCredentialsType CredentialsType, string? Secret)
{
    /// <summary>Leaves the secret out.</summary>
    /// <returns>Name and address.</returns>
    public override string ToString() => $"{DatastoreName} at {ContainerUri}";
}
