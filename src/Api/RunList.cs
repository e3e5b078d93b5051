using FineTune.Workflow.Contracts;

namespace FineTune.Api;

/// <summary>The body of <c>GET /api/runs</c>.</summary>
/// <param name="Runs">The runs, newest first.</param>
public sealed record RunList(IReadOnlyList<RunStatus> Runs);
