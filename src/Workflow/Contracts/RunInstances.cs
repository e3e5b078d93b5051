namespace FineTune.Workflow.Contracts;

/// <summary>Instance ids of a run's child orchestrations: fixed, so that events and queries find them.</summary>
public static class RunInstances
{
    /// <summary>The child that watches the pipeline job.</summary>
    /// <param name="runId">The run.</param>
    /// <returns>Its id.</returns>
    public static string Watch(string runId) => $"{runId}:watch";

    /// <summary>The child that deletes the endpoint.</summary>
    /// <param name="runId">The run.</param>
    /// <returns>Its id.</returns>
    public static string TearDown(string runId) => $"{runId}:teardown";
}
