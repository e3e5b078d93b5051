using System.Text.Json;
using FineTune.Durable;
using Microsoft.DurableTask;
using RetryPolicy = FineTune.Durable.RetryPolicy;
using TaskFailedException = FineTune.Durable.TaskFailedException;

namespace FineTune.FunctionsApp.Durable;

/// <summary>
/// What an orchestration may do, done by Durable Functions. Every payload crosses as the JSON that <see cref="DurableJson"/>
/// writes, so that a history reads the same under every engine.
/// </summary>
/// <param name="inner">Durable Task's context.</param>
/// <param name="registry">Knows the version that children get.</param>
public sealed class DurableFunctionsContext(TaskOrchestrationContext inner, FineTune.Durable.DurableTaskRegistry registry) : OrchestrationContext
{
    /// <inheritdoc/>
    public override string InstanceId => inner.InstanceId;

    /// <inheritdoc/>
    public override string Name => inner.Name.Name;

    /// <inheritdoc/>
    public override string? ParentInstanceId => inner.Parent?.InstanceId;

    /// <inheritdoc/>
    public override string Version => inner.Version;

    /// <inheritdoc/>
    public override DateTimeOffset CurrentUtcDateTime => new(DateTime.SpecifyKind(inner.CurrentUtcDateTime, DateTimeKind.Utc));

    /// <inheritdoc/>
    public override bool IsReplaying => inner.IsReplaying;

    /// <inheritdoc/>
    public override Task<TOutput> CallActivityAsync<TInput, TOutput>(
        ActivityName<TInput, TOutput> activity, TInput input, RetryPolicy? retry = null) =>
        ReadAsync<TOutput>(inner.CallActivityAsync<JsonElement?>(activity.Value, Payload.Write(input), Options(retry)));

    /// <inheritdoc/>
    public override Task<TOutput> CallSubOrchestratorAsync<TInput, TOutput>(
        OrchestrationName<TInput, TOutput> orchestration, TInput input, string? instanceId = null) =>
        ReadAsync<TOutput>(inner.CallSubOrchestratorAsync<JsonElement?>(
            orchestration.Value,
            Payload.Write(input),
            new SubOrchestrationOptions(retry: null, instanceId) { Version = registry.VersionOf(orchestration.Value) }));

    /// <inheritdoc/>
    public override Task CreateTimer(DateTimeOffset fireAt, CancellationToken cancellationToken = default) =>
        inner.CreateTimer(fireAt.UtcDateTime, cancellationToken);

    /// <inheritdoc/>
    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default) =>
        ReadAsync<T>(inner.WaitForExternalEvent<JsonElement?>(eventName, cancellationToken));

    /// <inheritdoc/>
    public override void SendEvent<T>(string instanceId, string eventName, T payload) =>
        inner.SendEvent(instanceId, eventName, Payload.Write(payload)!);

    /// <inheritdoc/>
    public override void SetCustomStatus<T>(T customStatus) => inner.SetCustomStatus(Payload.Write(customStatus));

    /// <inheritdoc/>
    public override void ContinueAsNew<TInput>(TInput newInput, bool preserveUnprocessedEvents = true) =>
        inner.ContinueAsNew(Payload.Write(newInput), preserveUnprocessedEvents);

    /// <inheritdoc/>
    public override Guid NewGuid() => inner.NewGuid();

    private static TaskOptions? Options(RetryPolicy? retry) => retry is null ? null : TaskOptions.FromRetryPolicy(
        new Microsoft.DurableTask.RetryPolicy(
            Math.Max(1, retry.MaxNumberOfAttempts), retry.FirstRetryInterval, Math.Max(1, retry.BackoffCoefficient), retry.MaxRetryInterval));

    private static async Task<T> ReadAsync<T>(Task<JsonElement?> task)
    {
        try
        {
            return Payload.Read<T>(await task);
        }
        catch (Microsoft.DurableTask.TaskFailedException error)
        {
            throw new TaskFailedException(
                error.TaskName,
                new FineTune.Durable.TaskFailureDetails(error.FailureDetails.ErrorType, error.FailureDetails.ErrorMessage, error.FailureDetails.StackTrace));
        }
    }
}
