using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Runs;

/// <summary>How dropped datasets become runs.</summary>
public sealed record DatasetIntakeOptions
{
    /// <summary>What a drop without a <c>run.json</c> asks for, and what one with a <c>run.json</c> is laid upon.</summary>
    public RunRequest DefaultRequest { get; init; } = new();

    /// <summary>How long a dropped dataset may still get its <c>run.json</c>, 0 to 1 hour. Default 2 s.</summary>
    public TimeSpan SettlingTime { get; init; } = TimeSpan.FromSeconds(2);
}
