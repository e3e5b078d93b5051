namespace FineTune.Workflow.Contracts;

/// <summary>Names of the events that a run listens to.</summary>
public static class RunEvents
{
    /// <summary>Ends the run with everything removed; payload <see cref="RunCommand"/>.</summary>
    public const string Cancel = "Cancel";

    /// <summary>Approves or rejects; payload <see cref="ApprovalDecision"/>.</summary>
    public const string Approval = "Approval";

    /// <summary>Lengthens the serving time; payload <see cref="ExtendCommand"/>.</summary>
    public const string Extend = "Extend";

    /// <summary>Ends the run and leaves the endpoint serving without an end; payload <see cref="RunCommand"/>.</summary>
    public const string Keep = "Keep";

    /// <summary>Ends the serving now; payload <see cref="RunCommand"/>.</summary>
    public const string TearDown = "TearDown";

    /// <summary>The job changed its state: look now instead of at the next poll; payload <see cref="Unit"/>.</summary>
    public const string JobStateChanged = "JobStateChanged";

    /// <summary>To a child that polls: nobody waits any more; payload <see cref="Unit"/>.</summary>
    public const string Stop = "Stop";
}
