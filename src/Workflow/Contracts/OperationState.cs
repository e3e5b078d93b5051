namespace FineTune.Workflow.Contracts;

/// <summary>Where a long-running operation is.</summary>
public enum OperationState
{
    /// <summary>Not ended. Every word of the service that is not terminal.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Succeeded,

    /// <summary>Ended badly.</summary>
    Failed,

    /// <summary>Ended by cancellation.</summary>
    Canceled,
}
