namespace FineTune.Workflow.Contracts;

/// <summary>One step of a pipeline job, from run history.</summary>
/// <param name="Name">The step's display name.</param>
/// <param name="Status">The service's word.</param>
public sealed record JobStep(string Name, string Status);
