namespace FineTune.Workflow.Contracts;

/// <summary>A person's decision on a trained model.</summary>
/// <param name="Approved">Yes or no.</param>
/// <param name="By">Who.</param>
/// <param name="Comment">Why, or null.</param>
public sealed record ApprovalDecision(bool Approved, string? By, string? Comment = null);
