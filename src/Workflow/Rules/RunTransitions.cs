using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>The legal transitions of a run, as one table. The dashboard, the command line and the API show what it holds.</summary>
public static class RunTransitions
{
    private static readonly Dictionary<RunState, RunState[]> Table = new()
    {
        [RunState.Accepted] = [RunState.Settling, RunState.Planning, RunState.Failed, RunState.Canceled],
        [RunState.Settling] = [RunState.Planning, RunState.Failed, RunState.Canceled],
        [RunState.Planning] = [RunState.PreparingDataset, RunState.Failed, RunState.Canceled],
        [RunState.PreparingDataset] = [RunState.ProvisioningCompute, RunState.Failed, RunState.Canceled],
        [RunState.ProvisioningCompute] = [RunState.Submitting, RunState.Failed, RunState.Canceled],
        [RunState.Submitting] = [RunState.Training, RunState.TearingDown],
        [RunState.Training] = [RunState.Reviewing, RunState.TearingDown],
        [RunState.Reviewing] = [RunState.AwaitingApproval, RunState.Registering, RunState.TearingDown],
        [RunState.AwaitingApproval] = [RunState.Registering, RunState.TearingDown],
        [RunState.Registering] = [RunState.Deploying, RunState.TearingDown],
        [RunState.Deploying] = [RunState.SmokeTesting, RunState.TearingDown],
        [RunState.SmokeTesting] = [RunState.Serving, RunState.TearingDown],
        [RunState.Serving] = [RunState.TearingDown, RunState.Completed],
        [RunState.TearingDown] = [RunState.Completed, RunState.Failed, RunState.Canceled],
        [RunState.Completed] = [],
        [RunState.Failed] = [],
        [RunState.Canceled] = [],
    };

    /// <summary>The states that may follow a state.</summary>
    /// <param name="state">The state.</param>
    /// <returns>Its successors; none for a terminal state.</returns>
    public static IReadOnlyList<RunState> From(RunState state) => Table[state];

    /// <summary>Whether a run in this state has ended.</summary>
    /// <param name="state">The state.</param>
    /// <returns>True for Completed, Failed and Canceled.</returns>
    public static bool IsTerminal(RunState state) => Table[state].Length == 0;

    /// <summary>
    /// Whether the run may own something that bills or blocks when it stops in this state: from the moment the job is
    /// submitted until everything is torn down. A cluster does not count: it scales to zero nodes by itself.
    /// </summary>
    /// <param name="state">The state.</param>
    /// <returns>True when the way out leads through <see cref="RunState.TearingDown"/>.</returns>
    public static bool NeedsTearDown(RunState state) => Table[state].Contains(RunState.TearingDown);
}
