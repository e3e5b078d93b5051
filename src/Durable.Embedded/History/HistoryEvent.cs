using System.Text.Json.Serialization;

namespace FineTune.Durable.Embedded.History;

/// <summary>
/// One line of an execution's history. A history is a sequence of turns; a turn is <see cref="OrchestratorStarted"/>,
/// the messages that it received, the actions that the code asked for, and at the very end how the execution ended.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(OrchestratorStarted), "orchestratorStarted")]
[JsonDerivedType(typeof(ExecutionStarted), "executionStarted")]
[JsonDerivedType(typeof(TaskCompleted), "taskCompleted")]
[JsonDerivedType(typeof(TaskFailed), "taskFailed")]
[JsonDerivedType(typeof(SubOrchestrationCompleted), "subOrchestrationCompleted")]
[JsonDerivedType(typeof(SubOrchestrationFailed), "subOrchestrationFailed")]
[JsonDerivedType(typeof(TimerFired), "timerFired")]
[JsonDerivedType(typeof(EventRaised), "eventRaised")]
[JsonDerivedType(typeof(TaskScheduled), "taskScheduled")]
[JsonDerivedType(typeof(TimerCreated), "timerCreated")]
[JsonDerivedType(typeof(TimerCanceled), "timerCanceled")]
[JsonDerivedType(typeof(SubOrchestrationCreated), "subOrchestrationCreated")]
[JsonDerivedType(typeof(EventSent), "eventSent")]
[JsonDerivedType(typeof(ExecutionCompleted), "executionCompleted")]
[JsonDerivedType(typeof(ExecutionFailed), "executionFailed")]
internal abstract record HistoryEvent;

/// <summary>A turn begins; its time is what the code sees as now.</summary>
internal sealed record OrchestratorStarted(DateTimeOffset Timestamp) : HistoryEvent;

/// <summary>Something that an execution receives: it comes through the inbox before it becomes history.</summary>
internal abstract record ReceivedEvent : HistoryEvent;

internal sealed record ExecutionStarted(
    string Name,
    string Version,
    [property: JsonConverter(typeof(RawJsonConverter))] string? Input,
    string? ParentInstanceId) : ReceivedEvent;

internal sealed record TaskCompleted(
    int TaskId, [property: JsonConverter(typeof(RawJsonConverter))] string? Result) : ReceivedEvent;

internal sealed record TaskFailed(int TaskId, TaskFailureDetails Failure) : ReceivedEvent;

internal sealed record SubOrchestrationCompleted(
    int TaskId, [property: JsonConverter(typeof(RawJsonConverter))] string? Result) : ReceivedEvent;

internal sealed record SubOrchestrationFailed(int TaskId, TaskFailureDetails Failure) : ReceivedEvent;

internal sealed record TimerFired(int TimerId) : ReceivedEvent;

internal sealed record EventRaised(
    string Name, [property: JsonConverter(typeof(RawJsonConverter))] string? Payload) : ReceivedEvent;

/// <summary>Something that the code asked for; numbered from 0 in the order of asking.</summary>
internal abstract record ActionEvent(int Id) : HistoryEvent
{
    /// <summary>The action in a person's words, for error messages.</summary>
    public abstract string Describe();

    /// <summary>Whether the code, replayed, asks for the same thing. Inputs and due times may differ: the recorded ones hold.</summary>
    public abstract bool Matches(ActionEvent actual);
}

internal sealed record TaskScheduled(
    int Id, string Name, [property: JsonConverter(typeof(RawJsonConverter))] string? Input) : ActionEvent(Id)
{
    public override string Describe() => $"activity '{Name}'";

    public override bool Matches(ActionEvent actual) => actual is TaskScheduled other && other.Name == Name;
}

internal sealed record TimerCreated(int Id, DateTimeOffset FireAt) : ActionEvent(Id)
{
    public override string Describe() => $"a timer for {FireAt:O}";

    public override bool Matches(ActionEvent actual) => actual is TimerCreated;
}

internal sealed record TimerCanceled(int Id, int TimerId) : ActionEvent(Id)
{
    public override string Describe() => $"the cancellation of timer {TimerId}";

    public override bool Matches(ActionEvent actual) => actual is TimerCanceled other && other.TimerId == TimerId;
}

internal sealed record SubOrchestrationCreated(
    int Id, string Name, string InstanceId, [property: JsonConverter(typeof(RawJsonConverter))] string? Input) : ActionEvent(Id)
{
    public override string Describe() => $"sub-orchestration '{Name}' with id '{InstanceId}'";

    public override bool Matches(ActionEvent actual) =>
        actual is SubOrchestrationCreated other && other.Name == Name && other.InstanceId == InstanceId;
}

internal sealed record EventSent(
    int Id, string InstanceId, string Name, [property: JsonConverter(typeof(RawJsonConverter))] string? Payload) : ActionEvent(Id)
{
    public override string Describe() => $"event '{Name}' to instance '{InstanceId}'";

    public override bool Matches(ActionEvent actual) =>
        actual is EventSent other && other.Name == Name && other.InstanceId == InstanceId;
}

internal sealed record ExecutionCompleted([property: JsonConverter(typeof(RawJsonConverter))] string? Result) : HistoryEvent;

internal sealed record ExecutionFailed(TaskFailureDetails Failure) : HistoryEvent;
