namespace FineTune.Durable;

/// <summary>An activity or child orchestration ended with an exception, after all its retries.</summary>
public sealed class TaskFailedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="taskName">The name of the activity or orchestration that failed.</param>
    /// <param name="failureDetails">The exception that it ended with.</param>
    public TaskFailedException(string taskName, TaskFailureDetails failureDetails)
        : base($"{taskName} failed: {failureDetails?.ErrorMessage}")
    {
        ArgumentNullException.ThrowIfNull(failureDetails);
        TaskName = taskName;
        FailureDetails = failureDetails;
    }

    /// <summary>The name of the activity or orchestration that failed.</summary>
    public string TaskName { get; }

    /// <summary>The exception that it ended with.</summary>
    public TaskFailureDetails FailureDetails { get; }
}
