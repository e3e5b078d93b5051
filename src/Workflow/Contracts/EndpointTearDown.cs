namespace FineTune.Workflow.Contracts;

/// <summary>Which endpoint to delete.</summary>
/// <param name="EndpointName">The endpoint.</param>
/// <param name="RunId">The run that must own it: an endpoint of that name with another owner is left alone.</param>
/// <param name="Rounds">Rounds made so far.</param>
/// <param name="Since">When the first round began. UTC; null before it.</param>
public sealed record EndpointTearDown(string EndpointName, string RunId, int Rounds = 0, DateTimeOffset? Since = null);
