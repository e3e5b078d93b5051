using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Runs;

/// <summary>What came of a person's order to a run.</summary>
/// <param name="Outcome">How it was met.</param>
/// <param name="State">Where the run was when it was asked; null when there is no such run.</param>
public sealed record RunCommandResult(RunCommandOutcome Outcome, RunState? State);
