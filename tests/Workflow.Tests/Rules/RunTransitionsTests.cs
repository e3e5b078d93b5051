using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Tests.Rules;

public sealed class RunTransitionsTests
{
    public static TheoryData<RunState> States => [.. Enum.GetValues<RunState>()];

    [Theory]
    [MemberData(nameof(States))]
    public void Every_state_has_a_row_and_no_way_back_to_itself(RunState state) =>
        Assert.DoesNotContain(state, RunTransitions.From(state));

    [Theory]
    [MemberData(nameof(States))]
    public void From_every_state_an_end_can_be_reached(RunState state) =>
        Assert.Contains(Reachable(state), RunTransitions.IsTerminal);

    [Theory]
    [MemberData(nameof(States))]
    public void Every_state_can_be_reached(RunState state) =>
        Assert.Contains(state, Reachable(RunState.Accepted));

    [Theory]
    [MemberData(nameof(States))]
    public void A_run_that_may_own_something_can_fail_only_by_tearing_down(RunState state) => Assert.True(
        RunTransitions.NeedsTearDown(state)
        || RunTransitions.IsTerminal(state)
        || RunTransitions.From(state).Contains(RunState.Failed));

    [Theory]
    [MemberData(nameof(States))]
    public void A_terminal_state_is_left_by_nothing(RunState state) =>
        Assert.Equal(state is RunState.Completed or RunState.Failed or RunState.Canceled, RunTransitions.IsTerminal(state));

    private static HashSet<RunState> Reachable(RunState from)
    {
        HashSet<RunState> seen = [from];
        var next = new Queue<RunState>(seen);
        while (next.TryDequeue(out RunState state))
        {
            foreach (RunState successor in RunTransitions.From(state).Where(seen.Add))
            {
                next.Enqueue(successor);
            }
        }

        return seen;
    }
}
