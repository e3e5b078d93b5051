using System.Runtime.CompilerServices;
using System.Text.Json;
using FineTune.Durable.Embedded.History;

namespace FineTune.Durable.Embedded;

/// <inheritdoc cref="IOrchestrationClient"/>
internal sealed class EmbeddedOrchestrationClient(DurableTaskEngine engine, DurableTaskRegistry registry) : IOrchestrationClient
{
    private const int PageSize = 100;

    public Task<bool> ScheduleNewOrchestrationInstanceAsync<TInput, TOutput>(
        OrchestrationName<TInput, TOutput> orchestration, TInput input, string instanceId, CancellationToken cancellationToken = default)
    {
        InstanceIds.Validate(instanceId);
        if (!registry.Orchestrations.ContainsKey(orchestration.Value))
        {
            throw new ArgumentException($"No orchestration named '{orchestration.Value}' is registered in this host.", nameof(orchestration));
        }

        cancellationToken.ThrowIfCancellationRequested();
        string? json = Write(input);
        return engine.Store
            .WriteAsync(transaction => transaction.CreateInstance(instanceId, orchestration.Value, json, engine.Time.GetUtcNow()))
            .WaitAsync(cancellationToken);
    }

    public Task<bool> RaiseEventAsync<T>(string instanceId, string eventName, T payload, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        cancellationToken.ThrowIfCancellationRequested();
        var raised = new EventRaised(eventName, Write(payload));
        return engine.Store.WriteAsync(transaction => transaction.RaiseEvent(instanceId, raised)).WaitAsync(cancellationToken);
    }

    public Task<OrchestrationMetadata?> GetInstanceAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(engine.Store.ReadMetadata(instanceId, getInputsAndOutputs));
    }

    public async IAsyncEnumerable<OrchestrationMetadata> GetAllInstancesAsync(
        OrchestrationQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        long before = long.MaxValue;
        List<(long Sequence, OrchestrationMetadata Metadata)> page;
        do
        {
            page = engine.Store.ReadPage(query, before, PageSize);
            foreach ((long sequence, OrchestrationMetadata metadata) in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                before = sequence;
                yield return metadata;
            }
        }
        while (page.Count == PageSize);
    }

    public async Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, CancellationToken cancellationToken = default)
    {
        Task? completed = null;
        while (true)
        {
            OrchestrationMetadata metadata = engine.Store.ReadMetadata(instanceId, withInputsAndOutputs: true)
                ?? throw new KeyNotFoundException($"There is no instance '{instanceId}'.");
            if (metadata.IsCompleted)
            {
                engine.SetCompleted(instanceId);
                return metadata;
            }

            if (completed is not null)
            {
                await completed.WaitAsync(cancellationToken);
            }

            // Looked at once more after registering, so that an end in between is not missed.
            completed = engine.WhenCompletedAsync(instanceId);
        }
    }

    public Task<bool> PurgeInstanceAsync(string instanceId, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return engine.Store.WriteAsync(transaction => transaction.Purge(instanceId)).WaitAsync(cancellationToken);
    }

    private static string? Write<T>(T value) => value is null ? null : JsonSerializer.Serialize(value, DurableJson.Options);
}
