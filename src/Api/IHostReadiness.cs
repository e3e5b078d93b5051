namespace FineTune.Api;

/// <summary>What is up in this host. The listener answers before everything else is.</summary>
public interface IHostReadiness
{
    /// <summary>All parts, each as it stands now.</summary>
    IReadOnlyList<PartReadiness> Parts { get; }
}
