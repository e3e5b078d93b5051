namespace FineTune.Workflow.Ports;

/// <summary>How a datastore is opened. The words are Azure ML's.</summary>
public enum DatastoreCredentialsType
{
    /// <summary>By the identity of this process.</summary>
    None,

    /// <summary>By the storage account's key.</summary>
    AccountKey,

    /// <summary>By a shared access signature.</summary>
    Sas,
}
