namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that writes an endpoint's expiry into its tags.</summary>
/// <param name="EndpointName">The endpoint.</param>
/// <param name="ExpiresAt">When it may be deleted, UTC; null: never.</param>
public sealed record EndpointExpiry(string EndpointName, DateTimeOffset? ExpiresAt);
