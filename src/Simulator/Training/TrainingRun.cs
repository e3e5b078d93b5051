using System.Numerics;
using System.Runtime.InteropServices;

namespace FineTune.Simulator.Training;

/// <summary>One training from the first step to the last: order of rows, steps, reports and evaluations as the Hugging Face trainer does them.</summary>
internal sealed class TrainingRun
{
    // A mean loss of twice the logarithm of the vocabulary's size is out of reach for any model that still learns.
    private const double DivergenceFactor = 2;
    private const int TargetGrain = 16;
    private const int MinTargetsPerEvaluation = 64;
    private const int LastLookTargets = 256;

    private readonly Network _network;
    private readonly float[] _parameters;
    private readonly float[] _gradient;
    private readonly AdamW _optimizer;
    private readonly LearningRateSchedule _schedule;
    private readonly Conversation[] _train;
    private readonly List<Position> _evaluation;
    private readonly List<Position> _positions = [];
    private readonly List<MetricPoint> _metrics = [];
    private readonly TrainingParameters _p;
    private readonly RandomSource _random;
    private readonly Action<MetricPoint>? _onMetric;
    private readonly double _untrainedLoss;
    private readonly int _rowsPerStep;
    private readonly int _rowsPerEpoch;
    private readonly double _targetShare;

    private int _step;
    private double _epoch;
    private double _lossSum;
    private double _lossSumAtReport;
    private int _stepAtReport;
    private double _gradientNorm;
    private long _tokensSeen;
    private long _targetsSeen;

    public TrainingRun(
        Network network,
        float[] parameters,
        Conversation[] train,
        Conversation[] evaluation,
        TrainingParameters p,
        RandomSource random,
        Action<MetricPoint>? onMetric)
    {
        _network = network;
        _parameters = parameters;
        _gradient = new float[parameters.Length];
        _optimizer = new AdamW(parameters.Length);
        _train = train;
        _p = p;
        _random = random;
        _onMetric = onMetric;
        _untrainedLoss = Math.Log(network.Shape.Vocabulary);

        _rowsPerStep = (int)Math.Min(train.Length, (long)p.BatchSize * p.GradientAccumulationSteps);
        long affordable = p.MaxSteps > 0 ? train.Length : (long)ChatTrainer.MaxTotalSteps * _rowsPerStep / p.Epochs;
        _rowsPerEpoch = (int)Math.Clamp(affordable, 1, train.Length);
        StepsPerEpoch = (_rowsPerEpoch + _rowsPerStep - 1) / _rowsPerStep;
        TotalSteps = (int)Math.Min(ChatTrainer.MaxTotalSteps, p.MaxSteps > 0 ? p.MaxSteps : (long)StepsPerEpoch * p.Epochs);
        _schedule = new LearningRateSchedule(p.Scheduler, p.LearningRate, p.WarmupSteps, TotalSteps);

        double targetsPerRow = train.Average(conversation => (double)conversation.TargetCount);
        _targetShare = Math.Min(1, ChatTrainer.MaxTargets / (targetsPerRow * _rowsPerEpoch * TotalSteps / StepsPerEpoch));
        int evaluations = p.EvaluationStrategy == "epoch" ? (TotalSteps + StepsPerEpoch - 1) / StepsPerEpoch : TotalSteps / p.LoggingSteps;
        _evaluation = Spread(evaluation, Math.Max(MinTargetsPerEvaluation, ChatTrainer.MaxEvaluationTargets / Math.Max(1, evaluations)));
    }

    public int StepsPerEpoch { get; }

    public int TotalSteps { get; }

    public IReadOnlyList<MetricPoint> Metrics => _metrics;

    public void Execute(CancellationToken cancellationToken)
    {
        int[] order = [.. Enumerable.Range(0, _train.Length)];
        while (_step < TotalSteps)
        {
            _random.Shuffle(order);
            int inEpoch = Math.Min(StepsPerEpoch, TotalSteps - _step);
            for (int i = 0; i < inEpoch; i++)
            {
                int first = i * _rowsPerStep;
                Step(order.AsSpan(first, Math.Min(_rowsPerStep, _rowsPerEpoch - first)), cancellationToken);
                _epoch = (_step / StepsPerEpoch) + ((_step % StepsPerEpoch) / (double)StepsPerEpoch);
                bool due = _step % _p.LoggingSteps == 0;
                bool epochEnds = i == inEpoch - 1;
                Report(_p.LoggingStrategy == "epoch" ? epochEnds : due);
                Evaluate(_p.EvaluationStrategy == "epoch" ? epochEnds : due, cancellationToken);
            }
        }

        // The last step's effect is in no loss yet.
        GuardAgainstDivergence(MeanLoss(Spread(_train, LastLookTargets), cancellationToken));
        Emit("train_loss", _lossSum / _step);
        Emit("num_input_tokens_seen", _tokensSeen);
        Emit("total_flos", 6.0 * _targetsSeen * (_network.Shape.WeightCount - _network.Shape.Embeddings.End.Value));
        Emit("epoch", _epoch);
    }

    private void Step(ReadOnlySpan<int> rows, CancellationToken cancellationToken)
    {
        ChooseTargets(rows);
        Array.Clear(_gradient);
        double loss = _network.AddGradient(CollectionsMarshal.AsSpan(_positions), 1f / _positions.Count, _gradient, cancellationToken) / _positions.Count;
        _gradientNorm = Norm(_gradient);
        GuardAgainstDivergence(double.IsFinite(_gradientNorm) ? loss : double.NaN);

        // As torch.nn.utils.clip_grad_norm_.
        double clip = _p.MaxGradNorm > 0 ? Math.Min(1, _p.MaxGradNorm / (_gradientNorm + 1e-6)) : 1;
        double rate = ChatTrainer.OptimizerRate(_p.LearningRate) * _schedule.Factor(_step);
        _optimizer.Step(_parameters, _gradient, (float)clip, rate, _p.WeightDecay, _network.Shape.WeightCount);
        _step++;
        _lossSum += loss;
        _targetsSeen += _positions.Count;
    }

    // All targets of the rows, or, where the training as a whole has too many, an evenly spread share of them.
    private void ChooseTargets(ReadOnlySpan<int> rows)
    {
        long all = 0;
        foreach (int row in rows)
        {
            all += _train[row].TargetCount;
            _tokensSeen += _train[row].Tokens.Length;
        }

        long wanted = all;
        if (_targetShare < 1)
        {
            // Multiples of what the network computes side by side anyway.
            long share = (long)(all * _targetShare);
            wanted = Math.Min(all, Math.Max(TargetGrain, share - (share % TargetGrain)));
        }

        _positions.Clear();
        long before = 0;
        foreach (int row in rows)
        {
            Conversation conversation = _train[row];
            long after = before + conversation.TargetCount;
            conversation.AddTargets(_positions, (int)((after * wanted / all) - (before * wanted / all)), _random.NextDouble());
            before = after;
        }
    }

    // So many of the conversations' targets, evenly spread over all; all where there are not so many.
    private static List<Position> Spread(Conversation[] conversations, int most)
    {
        long all = conversations.Sum(conversation => (long)conversation.TargetCount);
        long wanted = Math.Min(all, most);
        var positions = new List<Position>((int)wanted);
        long before = 0;
        foreach (Conversation conversation in conversations)
        {
            long after = before + conversation.TargetCount;
            conversation.AddTargets(positions, (int)((after * wanted / all) - (before * wanted / all)), 0.5);
            before = after;
        }

        return positions;
    }

    private double MeanLoss(List<Position> positions, CancellationToken cancellationToken) =>
        _network.Loss(CollectionsMarshal.AsSpan(positions), cancellationToken) / positions.Count;

    private void Report(bool due)
    {
        if (!due)
        {
            return;
        }

        Emit("loss", (_lossSum - _lossSumAtReport) / (_step - _stepAtReport));
        Emit("grad_norm", _gradientNorm);
        Emit("learning_rate", _p.LearningRate * _schedule.Factor(_step));
        Emit("epoch", _epoch);
        (_lossSumAtReport, _stepAtReport) = (_lossSum, _step);
    }

    private void Evaluate(bool due, CancellationToken cancellationToken)
    {
        if (!due || _evaluation.Count == 0)
        {
            return;
        }

        double loss = MeanLoss(_evaluation, cancellationToken);
        GuardAgainstDivergence(loss);
        Emit("eval_loss", loss);
        Emit("eval_perplexity", Math.Exp(loss));
        Emit("epoch", _epoch);
    }

    private void GuardAgainstDivergence(double loss)
    {
        if (!double.IsFinite(loss) || (_step >= _p.WarmupSteps && loss > DivergenceFactor * _untrainedLoss))
        {
            throw new TrainingDivergedException(_step, loss, _untrainedLoss, _p.LearningRate);
        }
    }

    private void Emit(string key, double value)
    {
        var point = new MetricPoint(key, value, _step, _epoch);
        _metrics.Add(point);
        _onMetric?.Invoke(point);
    }

    private static double Norm(ReadOnlySpan<float> values)
    {
        // Single-precision sums over short stretches, gathered in double precision.
        double sum = 0;
        while (!values.IsEmpty)
        {
            ReadOnlySpan<float> stretch = values[..Math.Min(values.Length, 4096)];
            values = values[stretch.Length..];
            ReadOnlySpan<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(stretch);
            Vector<float> squares = Vector<float>.Zero;
            foreach (Vector<float> value in wide)
            {
                squares += value * value;
            }

            sum += Vector.Sum(squares);
            foreach (float value in stretch[(wide.Length * Vector<float>.Count)..])
            {
                sum += value * value;
            }
        }

        return Math.Sqrt(sum);
    }
}
