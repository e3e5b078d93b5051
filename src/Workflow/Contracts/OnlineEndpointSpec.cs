namespace FineTune.Workflow.Contracts;

/// <summary>An endpoint to create.</summary>
/// <param name="Name">3 to 32 characters: letters, digits, single dashes; begins with a letter; unique in the region.</param>
/// <param name="Description">What people read.</param>
/// <param name="Tags">Owner run and expiry, among others: what the sweeper goes by.</param>
public sealed record OnlineEndpointSpec(string Name, string Description, IReadOnlyDictionary<string, string> Tags);
