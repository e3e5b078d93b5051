namespace FineTune.Durable;

/// <summary>Where an orchestration instance is in its life. The words are Durable Task's.</summary>
public enum OrchestrationRuntimeStatus
{
    /// <summary>Accepted, not begun.</summary>
    Pending,

    /// <summary>Begun, not ended.</summary>
    Running,

    /// <summary>Ended with an output.</summary>
    Completed,

    /// <summary>Ended with an exception.</summary>
    Failed,

    /// <summary>Ended from outside, without a word to the orchestration: its code did not clean up. The embedded engine does not offer it.</summary>
    Terminated,

    /// <summary>Held from outside: events and timers wait until somebody resumes it. The embedded engine does not offer it.</summary>
    Suspended,
}
