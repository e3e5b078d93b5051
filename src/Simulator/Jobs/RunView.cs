using FineTune.Simulator.State;

namespace FineTune.Simulator.Jobs;

/// <summary>A run at one moment.</summary>
/// <param name="RunId">Its id; the root run has the job's name.</param>
/// <param name="ParentRunId">The run it belongs to; none for the root.</param>
/// <param name="Name">Step or node; the job's name for the root.</param>
/// <param name="Status">One of <see cref="RunStatus"/>.</param>
/// <param name="Started">When it began to work.</param>
/// <param name="Ended">When it came to an end.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Compute">Where it works, for steps.</param>
/// <param name="Component">The step's component with its version, for steps.</param>
internal sealed record RunView(
    string RunId,
    string? ParentRunId,
    string Name,
    string Status,
    DateTimeOffset? Started,
    DateTimeOffset? Ended,
    StoredError? Error,
    string? Compute = null,
    string? Component = null);

/// <summary>A job at one moment: the root run, the run of the component's node below it, and the runs of the steps below that.</summary>
internal sealed record JobView(RunView Root, RunView Node, RunView[] Steps)
{
    public string Status => Root.Status;

    public bool IsTerminal => RunStatus.IsTerminal(Root.Status);

    /// <summary>All runs, parents first.</summary>
    public IEnumerable<RunView> Runs => [Root, Node, .. Steps];
}
