namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that plans a run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="StartedAt">When it began. UTC.</param>
/// <param name="Request">What is asked for.</param>
/// <param name="RequestedBy">Who asked, or null.</param>
public sealed record Planning(string RunId, DateTimeOffset StartedAt, RunRequest Request, string? RequestedBy);
