namespace FineTune.LocalHost.Azurite;

/// <summary>How Azurite is started.</summary>
public sealed record AzuriteOptions
{
    /// <summary>The folder that keeps its blobs; made when missing. Null keeps them in memory only.</summary>
    public string? Location { get; init; }

    /// <summary>Its port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; } = AzuriteConnection.DefaultPort;

    /// <summary>The <c>node</c> to run it: a name to be found on the PATH, or a path.</summary>
    public string Node { get; init; } = "node";

    /// <summary>The <c>node_modules</c> folder that holds it; null looks for it upwards from the program and from the current folder.</summary>
    public string? NodeModules { get; init; }

    /// <summary>How long its start may take. Usually 1 to 3 seconds; the first start after an installation reads cold files.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
