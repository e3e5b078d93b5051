namespace FineTune.Workflow.Contracts;

/// <summary>Words that stand for a version.</summary>
public static class AssetLabels
{
    /// <summary>The most recently created version, as azure-ai-ml resolves its label of the same name.</summary>
    public const string Latest = "latest";
}
