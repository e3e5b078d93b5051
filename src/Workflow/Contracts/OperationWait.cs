namespace FineTune.Workflow.Contracts;

/// <summary>What to wait for, and how long.</summary>
/// <param name="What">The operation in words, for messages: "The creation of cluster x".</param>
/// <param name="Operation">What to poll.</param>
/// <param name="Deadline">When waiting ends. UTC.</param>
/// <param name="Allowed">The same as a duration, for messages.</param>
/// <param name="Polls">Polls made so far.</param>
public sealed record OperationWait(string What, OperationReference Operation, DateTimeOffset Deadline, TimeSpan Allowed, int Polls = 0);
