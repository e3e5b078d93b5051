namespace FineTune.Simulator.Jobs;

/// <summary>States of jobs and runs.</summary>
internal static class RunStatus
{
    public const string NotStarted = "NotStarted";
    public const string Preparing = "Preparing";
    public const string Queued = "Queued";
    public const string Running = "Running";
    public const string Finalizing = "Finalizing";
    public const string CancelRequested = "CancelRequested";
    public const string Completed = "Completed";
    public const string Failed = "Failed";
    public const string Canceled = "Canceled";

    public static bool IsTerminal(string status) => status is Completed or Failed or Canceled;

    /// <summary>MLflow's word for a status.</summary>
    public static string Mlflow(string status) => status switch
    {
        Running or Finalizing or CancelRequested => "RUNNING",
        Completed => "FINISHED",
        Failed => "FAILED",
        Canceled => "KILLED",
        _ => "SCHEDULED",
    };
}
