using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Orchestrations;

#pragma warning disable CA1064 // It never leaves this assembly: it is caught where the run began.

/// <summary>Leaves the run's straight way for its way out. Never crosses an orchestration's border.</summary>
internal sealed class RunStoppedException : Exception
{
    public RunStoppedException(RunState endState, Failure failure)
        : base(failure.Message)
    {
        EndState = endState;
        Failure = failure;
    }

    /// <summary>Failed or Canceled.</summary>
    public RunState EndState { get; }

    public Failure Failure { get; }
}
