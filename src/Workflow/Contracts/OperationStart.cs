namespace FineTune.Workflow.Contracts;

/// <summary>A change that was asked for.</summary>
/// <param name="Operation">What to poll; null when it was done at once.</param>
public sealed record OperationStart(OperationReference? Operation);
