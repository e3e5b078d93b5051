namespace FineTune.Simulator.Jobs;

/// <summary>A run as MLflow sees it.</summary>
/// <param name="RunId">Its id.</param>
/// <param name="ExperimentId">Id of its experiment.</param>
/// <param name="Run">Its state.</param>
/// <param name="Tags">Its tags, MLflow's own among them.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="LastMetrics">The last value of each metric.</param>
internal sealed record MlflowRun(
    string RunId,
    string ExperimentId,
    RunView Run,
    Dictionary<string, string> Tags,
    SortedDictionary<string, string> Parameters,
    Dictionary<string, TimedMetric> LastMetrics);
