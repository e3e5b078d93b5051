using FineTune.Workflow.Contracts;

namespace FineTune.Workflow;

/// <summary>What a sweep did.</summary>
/// <param name="Deleted">Endpoints whose deletion was accepted.</param>
/// <param name="Failed">Endpoints whose deletion was refused, with the reason.</param>
public sealed record SweepResult(IReadOnlyList<string> Deleted, IReadOnlyDictionary<string, Failure> Failed);
