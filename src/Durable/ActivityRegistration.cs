namespace FineTune.Durable;

/// <summary>An activity as an engine sees it: JSON in, JSON out.</summary>
/// <param name="Name">Its registered name.</param>
/// <param name="RunAsync">Runs a new object of it: services, context and input in, output out.</param>
public sealed record ActivityRegistration(
    string Name, Func<IServiceProvider, ActivityContext, string?, CancellationToken, Task<string?>> RunAsync);
