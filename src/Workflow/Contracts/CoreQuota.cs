namespace FineTune.Workflow.Contracts;

/// <summary>How many dedicated cores may be used at once in the workspace's region, and how many are. Clusters and online endpoints share them.</summary>
/// <param name="Family">The VM family, such as <c>standardNCADSA100v4Family</c>; null for the sum of all families.</param>
/// <param name="Used">Cores in use.</param>
/// <param name="Limit">The most there may be.</param>
public sealed record CoreQuota(string? Family, long Used, long Limit);
