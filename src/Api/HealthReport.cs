namespace FineTune.Api;

/// <summary>The body of <c>GET /api/health</c>.</summary>
/// <param name="Status"><c>ready</c> when every part is up, else <c>starting</c>. The answer itself says that the host is alive.</param>
/// <param name="Version">The product's version.</param>
/// <param name="Parts">The parts.</param>
public sealed record HealthReport(string Status, string Version, IReadOnlyList<PartReadiness> Parts);
