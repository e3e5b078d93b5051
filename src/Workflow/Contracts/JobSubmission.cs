namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that submits the job.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Plan">The plan.</param>
/// <param name="Splits">The uploaded splits.</param>
/// <param name="ComputeName">The cluster.</param>
public sealed record JobSubmission(string RunId, RunPlan Plan, IReadOnlyList<UploadedSplit> Splits, string ComputeName);
