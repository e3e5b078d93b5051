namespace FineTune.Workflow.Contracts;

/// <summary>Which job is asked after.</summary>
/// <param name="JobName">The job.</param>
/// <param name="ExperimentName">The experiment it runs under.</param>
public sealed record JobQuery(string JobName, string ExperimentName);
