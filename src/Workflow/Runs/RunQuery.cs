using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Runs;

/// <summary>Which runs a list shows.</summary>
public sealed record RunQuery
{
    /// <summary>The most that one list shows.</summary>
    public const int MaxLimit = 200;

    /// <summary>Only runs in one of these states; all when empty.</summary>
    public IReadOnlyList<RunState> States { get; init; } = [];

    /// <summary>How many at most, 1 to <see cref="MaxLimit"/>.</summary>
    public int Limit
    {
        get;
        init => field = value is >= 1 and <= MaxLimit
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"A list shows 1 to {MaxLimit} runs.");
    } = 50;
}
