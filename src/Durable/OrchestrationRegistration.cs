namespace FineTune.Durable;

/// <summary>An orchestration as an engine sees it: JSON in, JSON out.</summary>
/// <param name="Name">Its registered name.</param>
/// <param name="Version">The version that new instances get; empty when unversioned.</param>
/// <param name="RunAsync">Runs a new object of it: context and input in, output out.</param>
public sealed record OrchestrationRegistration(
    string Name, string Version, Func<OrchestrationContext, string?, Task<string?>> RunAsync);
