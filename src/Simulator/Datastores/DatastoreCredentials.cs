namespace FineTune.Simulator.Datastores;

/// <summary>How clients of the default datastore get at its account: <c>properties.credentials.credentialsType</c>.</summary>
public enum DatastoreCredentials
{
    /// <summary>By the account's key.</summary>
    AccountKey,

    /// <summary>By a shared access signature for the container.</summary>
    Sas,

    /// <summary>By an identity of their own; the datastore has no secret.</summary>
    None,
}
