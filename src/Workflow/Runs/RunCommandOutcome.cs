namespace FineTune.Workflow.Runs;

/// <summary>How a person's order to a run was met.</summary>
public enum RunCommandOutcome
{
    /// <summary>Handed to the run, which acts on it at its next step.</summary>
    Accepted,

    /// <summary>There is no such run.</summary>
    NotFound,

    /// <summary>The run has ended.</summary>
    AlreadyEnded,

    /// <summary>The run is in a state in which this order means nothing.</summary>
    NotInThatState,
}
