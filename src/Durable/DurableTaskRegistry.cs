using System.Text.Json;

namespace FineTune.Durable;

/// <summary>The orchestrations and activities that a host runs, by name.</summary>
public sealed class DurableTaskRegistry
{
    private readonly Dictionary<string, OrchestrationRegistration> _orchestrations = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ActivityRegistration> _activities = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>All orchestrations, by name.</summary>
    public IReadOnlyDictionary<string, OrchestrationRegistration> Orchestrations => _orchestrations;

    /// <summary>All activities, by name.</summary>
    public IReadOnlyDictionary<string, ActivityRegistration> Activities => _activities;

    /// <summary>Registers an orchestration.</summary>
    /// <param name="name">Its name; must be new.</param>
    /// <param name="factory">Makes a new object for each replay.</param>
    /// <param name="version">The version that new instances get.</param>
    /// <returns>This registry.</returns>
    /// <typeparam name="TInput">Its input.</typeparam>
    /// <typeparam name="TOutput">Its output.</typeparam>
    public DurableTaskRegistry AddOrchestrator<TInput, TOutput>(
        OrchestrationName<TInput, TOutput> name, Func<Orchestration<TInput, TOutput>> factory, string version = "")
    {
        return Add(new OrchestrationRegistration(name.Value, version, async (context, input) =>
            Write(await factory().RunAsync(context, Read<TInput>(input)))));
    }

    /// <summary>Registers an activity.</summary>
    /// <param name="name">Its name; must be new.</param>
    /// <param name="factory">Makes the activity for one call from the host's services.</param>
    /// <returns>This registry.</returns>
    /// <typeparam name="TInput">Its input.</typeparam>
    /// <typeparam name="TOutput">Its output.</typeparam>
    public DurableTaskRegistry AddActivity<TInput, TOutput>(
        ActivityName<TInput, TOutput> name, Func<IServiceProvider, Activity<TInput, TOutput>> factory)
    {
        return Add(new ActivityRegistration(name.Value, async (services, context, input, cancellationToken) =>
            Write(await factory(services).RunAsync(context, Read<TInput>(input), cancellationToken))));
    }

    /// <summary>Registers an orchestration as an engine sees it: for decorators.</summary>
    /// <param name="registration">The registration; its name must be new.</param>
    /// <returns>This registry.</returns>
    public DurableTaskRegistry Add(OrchestrationRegistration registration)
    {
        ArgumentNullException.ThrowIfNull(registration);
        _orchestrations.Add(registration.Name, registration);
        return this;
    }

    /// <summary>Registers an activity as an engine sees it: for decorators.</summary>
    /// <param name="registration">The registration; its name must be new.</param>
    /// <returns>This registry.</returns>
    public DurableTaskRegistry Add(ActivityRegistration registration)
    {
        ArgumentNullException.ThrowIfNull(registration);
        _activities.Add(registration.Name, registration);
        return this;
    }

    private static T Read<T>(string? json) => json is null ? default! : JsonSerializer.Deserialize<T>(json, DurableJson.Options)!;

    private static string? Write<T>(T value) => value is null ? null : JsonSerializer.Serialize(value, DurableJson.Options);
}
