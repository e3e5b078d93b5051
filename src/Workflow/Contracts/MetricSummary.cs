namespace FineTune.Workflow.Contracts;

/// <summary>What the metrics of a training say, in few words. Values that are no finite number are left out and named in <see cref="Warnings"/>.</summary>
public sealed record MetricSummary
{
    /// <summary>The MLflow run that logged the training; null when none did.</summary>
    public string? TrainingRunId { get; init; }

    /// <summary>The MLflow run that logged an evaluation. Null is normal: the component's latest versions have no such step.</summary>
    public string? EvaluationRunId { get; init; }

    /// <summary>The loss over the whole training (<c>train_loss</c>), else the last one logged (<c>loss</c>); null when neither is there.</summary>
    public double? TrainLoss { get; init; }

    /// <summary>The first evaluation loss.</summary>
    public double? FirstEvalLoss { get; init; }

    /// <summary>The last evaluation loss.</summary>
    public double? LastEvalLoss { get; init; }

    /// <summary>Epochs trained; may have a fraction.</summary>
    public double? Epochs { get; init; }

    /// <summary>Seconds that the trainer took (<c>train_runtime</c>).</summary>
    public double? TrainSeconds { get; init; }

    /// <summary>The losses of each epoch, in order; at most 100, then the last ones.</summary>
    public IReadOnlyList<EpochLoss> LossPerEpoch { get; init; } = [];

    /// <summary>Last values of the evaluation run, by metric name; empty without one. At most 50.</summary>
    public IReadOnlyDictionary<string, double> Evaluation { get; init; } = new Dictionary<string, double>();

    /// <summary>Things that a person should know.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
