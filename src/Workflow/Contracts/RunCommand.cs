namespace FineTune.Workflow.Contracts;

/// <summary>A person's order to a run.</summary>
/// <param name="By">Who.</param>
/// <param name="Reason">Why, or null.</param>
public sealed record RunCommand(string? By, string? Reason = null);
