using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>
/// Reads a training's metrics and decides whether its model may be registered. The notebook announces this step and has no code for it.
/// Metric names are those of the Hugging Face trainer: <c>epoch, loss, eval_loss, train_loss, train_runtime</c>.
/// </summary>
public static class MetricReview
{
    private const int MaxEpochs = 100;
    private const int MaxEvaluationMetrics = 50;

    // What Azure ML's evaluation step logs for generated text, by the beginning of the name.
    private static readonly string[] EvaluationMetrics =
        ["rouge", "bleu", "meteor", "bertscore", "perplexit", "accuracy", "f1", "exact", "precision", "recall", "coherence", "fluency", "groundedness", "relevance"];

    /// <summary>Sums up the metrics of a job's runs.</summary>
    /// <param name="series">All curves of all runs of the job.</param>
    /// <returns>The summary; one without a training run when nothing was logged.</returns>
    public static MetricSummary Summarize(IReadOnlyList<MetricSeries> series)
    {
        string? trainingRun = TrainingRun(series);
        string? evaluationRun = EvaluationRun(series, trainingRun);
        List<string> warnings = [];
        if (trainingRun is null)
        {
            warnings.Add("No run of the job logged the metric epoch: there are no training metrics.");
        }

        Dictionary<string, IReadOnlyList<MetricPoint>> training = Curves(series, trainingRun);
        Dictionary<string, IReadOnlyList<MetricPoint>> evaluation = Curves(series, evaluationRun);
        double? Read(string key, Func<IReadOnlyList<MetricPoint>, MetricPoint> choose, string word)
        {
            if (!training.TryGetValue(key, out IReadOnlyList<MetricPoint>? points))
            {
                return null;
            }

            double value = choose(points).Value;
            if (double.IsFinite(value))
            {
                return value;
            }

            warnings.Add($"The {word} value of {key} is {PythonFloat.Format(value)}.");
            return null;
        }

        MetricPoint Last(IReadOnlyList<MetricPoint> points) => points[^1];
        var values = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach ((string key, IReadOnlyList<MetricPoint> points) in evaluation.OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            if (!double.IsFinite(points[^1].Value))
            {
                warnings.Add($"The evaluation's {key} is {PythonFloat.Format(points[^1].Value)}.");
            }
            else if (values.Count < MaxEvaluationMetrics)
            {
                values.Add(key, points[^1].Value);
            }
        }

        return new MetricSummary
        {
            TrainingRunId = trainingRun,
            EvaluationRunId = evaluationRun,
            TrainLoss = training.ContainsKey("train_loss") ? Read("train_loss", Last, "last") : Read("loss", Last, "last"),
            FirstEvalLoss = Read("eval_loss", points => points[0], "first"),
            LastEvalLoss = Read("eval_loss", Last, "last"),
            Epochs = Read("epoch", Last, "last"),
            TrainSeconds = Read("train_runtime", Last, "last"),
            LossPerEpoch = LossPerEpoch(training),
            Evaluation = values,
            Warnings = [.. warnings.Distinct(StringComparer.Ordinal)],
        };
    }

    /// <summary>
    /// Checks the metrics against a request's gates. Whatever the gates, a training whose loss ended as NaN or infinity fails:
    /// its weights are broken.
    /// </summary>
    /// <param name="series">All curves of all runs of the job.</param>
    /// <param name="gates">The gates by metric name; each looks at the last value, of the training run first, then of the evaluation run, then of any other.</param>
    /// <returns>What was not met, all at once; empty when the model may be registered.</returns>
    public static IReadOnlyList<Failure> Check(IReadOnlyList<MetricSeries> series, IReadOnlyDictionary<string, MetricGate> gates)
    {
        List<Failure> failures = [];
        string? trainingRun = TrainingRun(series);
        string? evaluationRun = EvaluationRun(series, trainingRun);
        foreach (string key in new[] { "train_loss", "loss" })
        {
            MetricPoint? last = series.FirstOrDefault(item => item.RunId == trainingRun && item.Key == key && item.Points.Count > 0)?.Points[^1];
            if (last is not null && !double.IsFinite(last.Value))
            {
                failures.Add(new Failure("TrainingDiverged", $"The training ended with {key} = {PythonFloat.Format(last.Value)}: the model is unusable.")
                {
                    Where = $"metric {key} of run {trainingRun}",
                    NextStep = "Lower parameters.learning_rate, or set parameters.precision to 32.",
                });
                break;
            }
        }

        foreach ((string key, MetricGate gate) in gates.OrderBy(item => item.Key, StringComparer.Ordinal))
        {
            string path = JsonPath.Member("$.metricGates", key);
            MetricSeries? found = series
                .Where(item => item.Key == key && item.Points.Count > 0)
                .OrderBy(item => item.RunId == trainingRun ? 0 : item.RunId == evaluationRun ? 1 : 2)
                .ThenBy(item => item.RunId, StringComparer.Ordinal)
                .FirstOrDefault();
            if (found is null)
            {
                string? nearest = NearestName.Find(key, series.Select(item => item.Key).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
                failures.Add(new Failure("MetricMissing", $"There is a gate on {key}, and no run of the job logged it.")
                {
                    Where = path,
                    NextStep = nearest is null ? "Remove the gate or gate a metric that the job logs." : $"Did you mean {nearest}?",
                });
                continue;
            }

            double value = found.Points[^1].Value;
            string? broken = !double.IsFinite(value) ? "is no finite number"
                : value < gate.Min ? $"is below {PythonFloat.Format(gate.Min.Value)}"
                : value > gate.Max ? $"is above {PythonFloat.Format(gate.Max.Value)}"
                : null;
            if (broken is not null)
            {
                failures.Add(new Failure("MetricGateNotMet", $"{key} = {PythonFloat.Format(value)} {broken}.")
                {
                    Where = $"{path}, run {found.RunId}",
                    NextStep = "Look at the curves; train with other parameters or data, or change the gate.",
                });
            }
        }

        return failures;
    }

    // The trainer logs its metrics on its step; the pipeline may repeat some of them on parents. The fullest run is the trainer's own.
    private static string? TrainingRun(IReadOnlyList<MetricSeries> series) => series
        .Where(item => item.Points.Count > 0)
        .GroupBy(item => item.RunId, StringComparer.Ordinal)
        .Where(run => run.Any(item => item.Key == "epoch"))
        .OrderByDescending(run => run.Sum(item => item.Points.Count))
        .ThenBy(run => run.Key, StringComparer.Ordinal)
        .FirstOrDefault()?.Key;

    private static string? EvaluationRun(IReadOnlyList<MetricSeries> series, string? trainingRun) => series
        .Where(item => item.Points.Count > 0 && item.RunId != trainingRun)
        .GroupBy(item => item.RunId, StringComparer.Ordinal)
        .Select(run => (RunId: run.Key, Count: run.Count(item => Array.Exists(EvaluationMetrics, name => item.Key.StartsWith(name, StringComparison.OrdinalIgnoreCase)))))
        .Where(run => run.Count > 0)
        .OrderByDescending(run => run.Count)
        .ThenBy(run => run.RunId, StringComparer.Ordinal)
        .FirstOrDefault().RunId;

    private static Dictionary<string, IReadOnlyList<MetricPoint>> Curves(IReadOnlyList<MetricSeries> series, string? runId)
    {
        var curves = new Dictionary<string, IReadOnlyList<MetricPoint>>(StringComparer.Ordinal);
        foreach (MetricSeries item in series)
        {
            if (item.RunId == runId && item.Points.Count > 0)
            {
                curves.TryAdd(item.Key, item.Points);
            }
        }

        return curves;
    }

    private static EpochLoss[] LossPerEpoch(Dictionary<string, IReadOnlyList<MetricPoint>> training)
    {
        if (!training.TryGetValue("epoch", out IReadOnlyList<MetricPoint>? epochs))
        {
            return [];
        }

        var rows = new SortedDictionary<int, (double Sum, int Count, double? Eval)>();
        foreach (MetricPoint point in training.GetValueOrDefault("loss") ?? [])
        {
            if (double.IsFinite(point.Value) && EpochAt(epochs, point.Step) is int epoch)
            {
                (double sum, int count, double? eval) = rows.GetValueOrDefault(epoch);
                rows[epoch] = (sum + point.Value, count + 1, eval);
            }
        }

        foreach (MetricPoint point in training.GetValueOrDefault("eval_loss") ?? [])
        {
            if (double.IsFinite(point.Value) && EpochAt(epochs, point.Step) is int epoch)
            {
                (double sum, int count, _) = rows.GetValueOrDefault(epoch);
                rows[epoch] = (sum, count, point.Value);
            }
        }

        return [.. rows.TakeLast(MaxEpochs).Select(row => new EpochLoss(row.Key, row.Value.Count == 0 ? null : row.Value.Sum / row.Value.Count, row.Value.Eval))];
    }

    // The trainer logs epoch beside every loss, as a number that grows from 0: 0.5 is in the first epoch, 1.0 is its end.
    private static int? EpochAt(IReadOnlyList<MetricPoint> epochs, long step)
    {
        int low = 0;
        int high = epochs.Count - 1;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (epochs[middle].Step < step)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        double epoch = epochs[low].Value;
        return epoch is >= 0 and <= int.MaxValue ? Math.Max(1, (int)Math.Ceiling(epoch - 1e-6)) : null;
    }
}
