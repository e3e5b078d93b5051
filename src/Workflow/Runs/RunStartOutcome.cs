namespace FineTune.Workflow.Runs;

/// <summary>How a request for a run was met.</summary>
public enum RunStartOutcome
{
    /// <summary>The run was started by this call.</summary>
    Created,

    /// <summary>The same request came before under the same idempotency key: that run is the answer.</summary>
    AlreadyStarted,

    /// <summary>The idempotency key was used before for another request; nothing was started.</summary>
    KeyUsedForAnotherRequest,
}
