using FineTune.LocalHost.Azurite;
using FineTune.Storage;
using FineTune.Workflow.Rules;

namespace FineTune.LocalHost.Configuration;

/// <summary>Where datasets are dropped and records are kept: a real account, or Azurite when neither address is set.</summary>
public sealed class StorageSettings
{
    /// <summary>A storage account's connection string. A secret: pass it as an environment variable.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>A storage account's blob address (<c>https://account.blob.core.windows.net</c>), opened by the identity of this process.</summary>
    public Uri? ServiceUri { get; set; }

    /// <summary>Azurite's port on 127.0.0.1; a blob service that listens there already is used as it is. 0 takes any free one. Default 10000.</summary>
    public int AzuritePort { get; set; } = AzuriteConnection.DefaultPort;

    /// <summary>Whether Azurite keeps its blobs in memory only. Default false: they are in the data folder.</summary>
    public bool AzuriteInMemory { get; set; }

    /// <summary>The container that datasets are dropped into. Default <c>datasets</c>.</summary>
    public string DatasetsContainer { get; set; } = DroppedBlobs.Container;

    /// <summary>The container of the runs' records. Default <c>runs</c>.</summary>
    public string RunsContainer { get; set; } = BlobRunRecords.ContainerName;

    /// <summary>Whether Azurite is used.</summary>
    internal bool UsesAzurite => ConnectionString is null && ServiceUri is null;
}
