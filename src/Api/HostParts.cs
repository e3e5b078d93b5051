namespace FineTune.Api;

/// <summary>Names of the parts that requests may need.</summary>
public static class HostParts
{
    /// <summary>The engine that runs orchestrations.</summary>
    public const string Engine = "engine";

    /// <summary>Blob storage: datasets and records.</summary>
    public const string Storage = "storage";
}
