namespace FineTune.Workflow.Contracts;

/// <summary>A run's endpoint.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Deployment">Its deployment.</param>
/// <param name="ScoringUri">Where it answers; null while it is created.</param>
/// <param name="ExpiresAt">When it is torn down; null when a person decided to keep it.</param>
/// <param name="Deleted">Whether it is gone: GET says 404.</param>
public sealed record EndpointStatus(string Name, string Deployment, string? ScoringUri, DateTimeOffset? ExpiresAt, bool Deleted = false);
