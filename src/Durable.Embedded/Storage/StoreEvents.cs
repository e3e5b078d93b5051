namespace FineTune.Durable.Embedded.Storage;

/// <summary>What the store asks of the engine, and tells it. All are called by the writer, one at a time.</summary>
/// <param name="FreeActivitySlots">How many activities may be leased now.</param>
/// <param name="LeaseUntil">Until when a lease given now lasts.</param>
/// <param name="Committed">A transaction is on disk; called before the tasks of its operations end.</param>
/// <param name="CommitHook">Lets tests crash the engine around a commit: a SqliteException from it is a failed write, any other is the death of the process.</param>
internal sealed record StoreEvents(
    Func<int> FreeActivitySlots, Func<DateTimeOffset> LeaseUntil, Action<CommitEffects> Committed, Action<CommitPhase>? CommitHook);
