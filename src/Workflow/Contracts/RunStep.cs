namespace FineTune.Workflow.Contracts;

/// <summary>One state that a run has gone through.</summary>
/// <param name="State">Which.</param>
/// <param name="StartedAt">When it began. UTC.</param>
/// <param name="EndedAt">When it ended; null while it lasts.</param>
/// <param name="Detail">One line for people: what came of it.</param>
public sealed record RunStep(RunState State, DateTimeOffset StartedAt, DateTimeOffset? EndedAt = null, string? Detail = null);
