using FineTune.Durable.Embedded.History;

namespace FineTune.Durable.Embedded.Storage;

/// <summary>What a turn needs to know of an instance. <c>Sequence</c> numbers instances in the order of their creation; <c>Events</c> is the length of the history.</summary>
internal sealed record InstanceRow(
    long Sequence, string InstanceId, string Name, string Version, int Execution, OrchestrationRuntimeStatus Status, int Events, ParentCall? Parent);

/// <summary>The call in another instance that started an instance.</summary>
internal sealed record ParentCall(long Instance, int Execution, int TaskId, string InstanceId);

/// <summary>What an instance is to receive, and its history when that was asked for.</summary>
internal sealed record TurnInput(
    InstanceRow Instance, IReadOnlyList<HistoryEvent> History, IReadOnlyList<ReceivedEvent> Messages, long LastMessageId, bool HasMore);

/// <summary>An activity call that this engine has leased.</summary>
internal sealed record ActivityWorkItem(long Id, long Instance, string InstanceId, int Execution, int TaskId, string Name, string? Input);
