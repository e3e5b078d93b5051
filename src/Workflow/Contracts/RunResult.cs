namespace FineTune.Workflow.Contracts;

/// <summary>How a run ended.</summary>
/// <param name="State">Completed, Failed or Canceled.</param>
/// <param name="Failure">Why, when not Completed.</param>
public sealed record RunResult(RunState State, Failure? Failure = null);
