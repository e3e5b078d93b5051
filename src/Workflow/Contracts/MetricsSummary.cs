namespace FineTune.Workflow.Contracts;

/// <summary>What the review of a job's metrics found.</summary>
public sealed record MetricsSummary
{
    /// <summary>The last value of each metric of the training run and, where there is one, the evaluation run; 60 at most.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>The epochs, the last 50 at most.</summary>
    public required IReadOnlyList<EpochLoss> Epochs { get; init; }

    /// <summary>Where the full curves are.</summary>
    public required string MetricsUri { get; init; }
}
