namespace FineTune.Workflow.Contracts;

/// <summary>A long-running operation that was started and is to be polled. Holds no secret.</summary>
/// <param name="Url">The status address, verbatim as the service gave it.</param>
/// <param name="Style">How to read its answers.</param>
public sealed record OperationReference(string Url, OperationStyle Style);
