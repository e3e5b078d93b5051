namespace FineTune.Workflow.Contracts;

/// <summary>Which job to watch, and how long.</summary>
/// <param name="JobName">The job.</param>
/// <param name="ExperimentName">The experiment it runs under.</param>
/// <param name="Deadline">When watching ends. UTC.</param>
/// <param name="Polls">Polls made so far.</param>
public sealed record JobWatch(string JobName, string ExperimentName, DateTimeOffset Deadline, int Polls = 0);
