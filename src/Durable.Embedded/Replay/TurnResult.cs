using FineTune.Durable.Embedded.History;

namespace FineTune.Durable.Embedded.Replay;

/// <summary>How an execution stands after a turn.</summary>
internal enum TurnOutcome
{
    Waiting,
    Completed,
    Failed,
    ContinuedAsNew,
}

/// <summary>What a turn did; committed in one transaction.</summary>
internal sealed record TurnResult
{
    /// <summary>When the turn was. UTC.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    public required TurnOutcome Outcome { get; init; }

    /// <summary>What is appended to history, in order.</summary>
    public required IReadOnlyList<HistoryEvent> NewEvents { get; init; }

    /// <summary>The output when completed, the next execution's input when continued as new.</summary>
    public string? Result { get; init; }

    public TaskFailureDetails? Failure { get; init; }

    /// <summary>Whether the turn set a custom status.</summary>
    public bool CustomStatusChanged { get; init; }

    public string? CustomStatus { get; init; }

    /// <summary>Events for the next execution, in the order of their arrival.</summary>
    public IReadOnlyList<EventRaised> PreservedEvents { get; init; } = [];
}
