namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that checks a provisioned cluster.</summary>
/// <param name="Name">The cluster.</param>
/// <param name="BaseModelId">The base model whose allow-list counts.</param>
/// <param name="PlannedVmSize">The size that the plan was made for.</param>
public sealed record ComputeReading(string Name, string BaseModelId, string PlannedVmSize);
