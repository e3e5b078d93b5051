using System.Runtime.CompilerServices;
using System.Text.Json;
using FineTune.Durable;
using Microsoft.DurableTask.Client;
using DurableTaskRegistry = FineTune.Durable.DurableTaskRegistry;
using OrchestrationMetadata = FineTune.Durable.OrchestrationMetadata;
using OrchestrationQuery = FineTune.Durable.OrchestrationQuery;
using OrchestrationRuntimeStatus = FineTune.Durable.OrchestrationRuntimeStatus;
using TheirMetadata = Microsoft.DurableTask.Client.OrchestrationMetadata;
using TheirStatus = Microsoft.DurableTask.Client.OrchestrationRuntimeStatus;

namespace FineTune.FunctionsApp.Durable;

/// <summary>Starts orchestrations under Durable Functions and asks after them.</summary>
/// <param name="inner">Durable Task's client, as a function's binding gives it.</param>
/// <param name="registry">Knows the version that new instances get.</param>
public sealed class DurableFunctionsClient(DurableTaskClient inner, DurableTaskRegistry registry) : IOrchestrationClient
{
    /// <inheritdoc/>
    public async Task<bool> ScheduleNewOrchestrationInstanceAsync<TInput, TOutput>(
        OrchestrationName<TInput, TOutput> orchestration, TInput input, string instanceId, CancellationToken cancellationToken = default)
    {
        if (await inner.GetInstanceAsync(instanceId, getInputsAndOutputs: false, cancellationToken) is not null)
        {
            return false;
        }

        // Durable Task would start over an instance that has ended; here an id is an idempotency key for good.
        Microsoft.DurableTask.StartOrchestrationOptions options = new Microsoft.DurableTask.StartOrchestrationOptions(instanceId) { Version = registry.VersionOf(orchestration.Value) }
            .WithDedupeStatuses([.. StartOrchestrationOptionsExtensions.ValidDedupeStatuses]);
        try
        {
            await inner.ScheduleNewOrchestrationInstanceAsync(orchestration.Value, Payload.Write(input), options, cancellationToken);
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Another call may have been faster. Each backend says so in an exception of its own: what counts is whether it is there.
            if (await inner.GetInstanceAsync(instanceId, getInputsAndOutputs: false, cancellationToken) is null)
            {
                throw;
            }

            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> RaiseEventAsync<T>(string instanceId, string eventName, T payload, CancellationToken cancellationToken = default)
    {
        // Durable Task drops an event for nobody without a word.
        if (await inner.GetInstanceAsync(instanceId, getInputsAndOutputs: false, cancellationToken) is not { IsCompleted: false })
        {
            return false;
        }

        await inner.RaiseEventAsync(instanceId, eventName, Payload.Write(payload), cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>Durable Functions leaves out the custom status together with inputs and outputs, so that they are always asked for.</remarks>
    public async Task<OrchestrationMetadata?> GetInstanceAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellationToken = default) =>
        await inner.GetInstanceAsync(instanceId, getInputsAndOutputs: true, cancellationToken) is { } instance ? Read(instance, getInputsAndOutputs) : null;

    /// <inheritdoc/>
    /// <remarks>Durable Task lists in no order that it promises and can't ask for a name: all that match are read before the first is shown.</remarks>
    public async IAsyncEnumerable<OrchestrationMetadata> GetAllInstancesAsync(
        OrchestrationQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var filter = new Microsoft.DurableTask.Client.OrchestrationQuery
        {
            Statuses = query.Statuses.Count == 0 ? null : [.. query.Statuses.Select(Write)],
            InstanceIdPrefix = query.InstanceIdPrefix,
            CreatedFrom = query.CreatedFrom,
            FetchInputsAndOutputs = query.FetchInputsAndOutputs,
        };
        var instances = new List<OrchestrationMetadata>();
        await foreach (TheirMetadata instance in inner.GetAllInstancesAsync(filter).WithCancellation(cancellationToken))
        {
            if (query.Name is null || string.Equals(query.Name, instance.Name, StringComparison.OrdinalIgnoreCase))
            {
                instances.Add(Read(instance, query.FetchInputsAndOutputs));
            }
        }

        foreach (OrchestrationMetadata instance in instances.OrderByDescending(instance => instance.CreatedAt))
        {
            yield return instance;
        }
    }

    /// <inheritdoc/>
    public async Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, CancellationToken cancellationToken = default)
    {
        if (await inner.GetInstanceAsync(instanceId, getInputsAndOutputs: false, cancellationToken) is null)
        {
            throw new KeyNotFoundException($"There is no instance '{instanceId}'.");
        }

        return Read(await inner.WaitForInstanceCompletionAsync(instanceId, getInputsAndOutputs: true, cancellationToken), withInputsAndOutputs: true);
    }

    /// <inheritdoc/>
    public async Task<bool> PurgeInstanceAsync(string instanceId, CancellationToken cancellationToken = default) =>
        await inner.GetInstanceAsync(instanceId, getInputsAndOutputs: false, cancellationToken) is { IsCompleted: true }
        && (await inner.PurgeInstanceAsync(instanceId, new PurgeInstanceOptions(Recursive: true), cancellationToken)).PurgedInstanceCount > 0;

    private static OrchestrationMetadata Read(TheirMetadata instance, bool withInputsAndOutputs) => new()
    {
        Name = instance.Name,
        InstanceId = instance.InstanceId,
        RuntimeStatus = Read(instance.RuntimeStatus),
        CreatedAt = instance.CreatedAt,
        LastUpdatedAt = instance.LastUpdatedAt,
        Input = withInputsAndOutputs ? Parse(instance.SerializedInput) : null,
        Output = withInputsAndOutputs ? Parse(instance.SerializedOutput) : null,
        CustomStatus = Parse(instance.SerializedCustomStatus),
        FailureDetails = instance.FailureDetails is { } details
            ? new TaskFailureDetails(details.ErrorType, details.ErrorMessage, details.StackTrace)
            : null,
    };

    private static JsonElement? Parse(string? json) => string.IsNullOrEmpty(json) ? null : Payload.Parse(json);

    private static OrchestrationRuntimeStatus Read(TheirStatus status) => status switch
    {
        TheirStatus.Pending => OrchestrationRuntimeStatus.Pending,
        TheirStatus.Completed => OrchestrationRuntimeStatus.Completed,
        TheirStatus.Failed => OrchestrationRuntimeStatus.Failed,
        TheirStatus.Terminated => OrchestrationRuntimeStatus.Terminated,
        TheirStatus.Suspended => OrchestrationRuntimeStatus.Suspended,
        _ => OrchestrationRuntimeStatus.Running,
    };

    private static TheirStatus Write(OrchestrationRuntimeStatus status) => status switch
    {
        OrchestrationRuntimeStatus.Pending => TheirStatus.Pending,
        OrchestrationRuntimeStatus.Completed => TheirStatus.Completed,
        OrchestrationRuntimeStatus.Failed => TheirStatus.Failed,
        OrchestrationRuntimeStatus.Terminated => TheirStatus.Terminated,
        OrchestrationRuntimeStatus.Suspended => TheirStatus.Suspended,
        _ => TheirStatus.Running,
    };
}
