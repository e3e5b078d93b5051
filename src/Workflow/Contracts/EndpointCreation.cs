namespace FineTune.Workflow.Contracts;

/// <summary>Input of the activity that creates the endpoint.</summary>
/// <param name="EndpointName">Its name.</param>
/// <param name="RunId">The run that owns it.</param>
/// <param name="ModelName">The registered model, for the description.</param>
/// <param name="DatasetName">The dataset, for the description.</param>
/// <param name="ExpiresAt">When the sweeper may delete it. UTC.</param>
public sealed record EndpointCreation(string EndpointName, string RunId, string ModelName, string DatasetName, DateTimeOffset ExpiresAt);
