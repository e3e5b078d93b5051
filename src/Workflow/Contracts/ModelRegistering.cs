namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that registers the model.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Plan">The plan.</param>
/// <param name="BaseModelName">The base model's name, for the description.</param>
/// <param name="DatasetSha256">The dataset's identity.</param>
public sealed record ModelRegistering(string RunId, RunPlan Plan, string BaseModelName, string DatasetSha256);
