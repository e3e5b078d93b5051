namespace FineTune.Simulator.Datastores;

/// <summary>The storage account behind a datastore.</summary>
/// <param name="Name">Name of the account.</param>
/// <param name="Endpoint">Host suffix: <c>core.windows.net</c> for <c>https://{name}.blob.core.windows.net</c>; for an emulator the host and port.</param>
/// <param name="Protocol"><c>https</c> or <c>http</c>.</param>
/// <param name="Key">Account key; none if there is no key to give away.</param>
public sealed record DatastoreAccount(string Name, string Endpoint, string Protocol, string? Key)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Protocol}://{Name}.blob.{Endpoint}";
}
