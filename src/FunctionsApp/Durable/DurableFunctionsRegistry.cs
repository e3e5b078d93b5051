using System.Text.Json;
using FineTune.Durable;
using Microsoft.DurableTask;
using DurableTaskRegistry = FineTune.Durable.DurableTaskRegistry;

namespace FineTune.FunctionsApp.Durable;

/// <summary>Runs what a registry holds under Durable Task.</summary>
public static class DurableFunctionsRegistry
{
    /// <summary>The version that new instances of an orchestration get; empty when it has none.</summary>
    /// <param name="registry">The registry.</param>
    /// <param name="orchestration">The orchestration's name; must be registered.</param>
    /// <returns>The version.</returns>
    public static string VersionOf(this DurableTaskRegistry registry, string orchestration)
    {
        ArgumentNullException.ThrowIfNull(registry);
        return registry.Orchestrations[orchestration].Version;
    }

    /// <summary>Runs the orchestration of the context's name, from its beginning; called again on each replay.</summary>
    /// <param name="registry">The registry.</param>
    /// <param name="context">Durable Task's context.</param>
    /// <returns>The output as JSON.</returns>
    public static async Task<JsonElement?> RunOrchestrationAsync(this DurableTaskRegistry registry, TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(context);
        OrchestrationRegistration orchestration = registry.Orchestrations[context.Name.Name];
        string? input = Payload.Text(context.GetInput<JsonElement?>());
        return Payload.Parse(await orchestration.RunAsync(new DurableFunctionsContext(context, registry), input));
    }

    /// <summary>Runs an activity.</summary>
    /// <param name="registry">The registry.</param>
    /// <param name="context">Who asks, and for which activity.</param>
    /// <param name="input">The input as JSON.</param>
    /// <param name="services">The host's services.</param>
    /// <param name="cancellationToken">Signalled when the host stops.</param>
    /// <returns>The output as JSON.</returns>
    public static async Task<JsonElement?> RunActivityAsync(
        this DurableTaskRegistry registry, ActivityContext context, JsonElement? input, IServiceProvider services, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(context);
        return Payload.Parse(await registry.Activities[context.Name].RunAsync(services, context, Payload.Text(input), cancellationToken));
    }
}
