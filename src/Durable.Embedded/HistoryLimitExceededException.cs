namespace FineTune.Durable.Embedded;

/// <summary>An execution's history grew past <see cref="DurableTaskEngineOptions.MaxHistoryEvents"/>.</summary>
/// <param name="instanceId">The instance.</param>
/// <param name="limit">The limit, in events.</param>
public sealed class HistoryLimitExceededException(string instanceId, int limit) : Exception(
    $"The history of instance '{instanceId}' would grow past {limit} events. Let the orchestration continue as new "
    + "(OrchestrationContext.ContinueAsNew) or raise DurableTaskEngineOptions.MaxHistoryEvents.")
{
    /// <summary>The instance.</summary>
    public string InstanceId { get; } = instanceId;

    /// <summary>The limit, in events.</summary>
    public int Limit { get; } = limit;
}
