namespace FineTune.Workflow.Runs;

/// <summary>What came of asking for a run.</summary>
/// <param name="RunId">The run's id.</param>
/// <param name="Outcome">Whether it was started, was there already, or its idempotency key belongs to another request.</param>
public sealed record RunStart(string RunId, RunStartOutcome Outcome);
