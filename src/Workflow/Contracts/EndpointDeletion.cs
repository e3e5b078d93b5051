namespace FineTune.Workflow.Contracts;

/// <summary>How a deletion stands after it was asked for.</summary>
/// <param name="Gone">Whether the service answers 404 (or the endpoint belongs to somebody else).</param>
/// <param name="Operation">What to poll, when it is not gone.</param>
public sealed record EndpointDeletion(bool Gone, OperationReference? Operation = null);
