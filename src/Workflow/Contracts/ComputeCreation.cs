namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that creates a cluster.</summary>
/// <param name="Compute">Name, size, nodes.</param>
/// <param name="LowPriority">LowPriority when true, else Dedicated.</param>
public sealed record ComputeCreation(ComputeRequest Compute, bool LowPriority);
