using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Tests.Rules;

public sealed class MetricReviewTests
{
    private static readonly MetricSeries[] Training =
    [
        Series("step", "epoch", (10, 0.5), (20, 1), (30, 1.5), (40, 2)),
        Series("step", "loss", (10, 4), (20, 3), (30, 2.5), (40, 2)),
        Series("step", "eval_loss", (20, 3.2), (40, 2.4)),
        Series("step", "train_loss", (40, 2.9)),
        Series("step", "train_runtime", (40, 61.5)),
        Series("root", "epoch", (40, 2)),
    ];

    [Fact]
    public void Training_is_summed_up()
    {
        MetricSummary summary = MetricReview.Summarize(Training);

        Assert.Equal("step", summary.TrainingRunId);
        Assert.Null(summary.EvaluationRunId);
        Assert.Equal((2.9, 3.2, 2.4, 2, 61.5), (summary.TrainLoss, summary.FirstEvalLoss, summary.LastEvalLoss, summary.Epochs, summary.TrainSeconds));
        Assert.Empty(summary.Warnings);
    }

    [Fact]
    public void Losses_are_told_per_epoch() =>
        Assert.Equal([new EpochLoss(1, 3.5, 3.2), new EpochLoss(2, 2.25, 2.4)], MetricReview.Summarize(Training).LossPerEpoch);

    [Fact]
    public void Loss_logged_between_the_epochs_points_belongs_to_the_next_one()
    {
        MetricSeries[] series =
        [
            Series("r", "epoch", (100, 1), (200, 2)),
            Series("r", "loss", (50, 4), (150, 2), (250, 1)),
        ];

        Assert.Equal([new EpochLoss(1, 4, null), new EpochLoss(2, 1.5, null)], MetricReview.Summarize(series).LossPerEpoch);
    }

    [Fact]
    public void Last_values_alone_are_enough_for_a_summary()
    {
        MetricSummary summary = MetricReview.Summarize([Series("r", "epoch", (40, 2)), Series("r", "loss", (40, 2)), Series("r", "eval_loss", (40, 2.4))]);

        Assert.Equal((2, 2.4, 2.4), (summary.TrainLoss, summary.FirstEvalLoss, summary.LastEvalLoss));
        Assert.Equal([new EpochLoss(2, 2, 2.4)], summary.LossPerEpoch);
    }

    [Fact]
    public void Evaluation_run_is_found_by_its_metrics()
    {
        MetricSummary summary = MetricReview.Summarize([.. Training, Series("eval", "rouge1", (0, 0.4)), Series("eval", "bleu_1", (0, 0.2)), Series("other", "loss", (0, 1))]);

        Assert.Equal("eval", summary.EvaluationRunId);
        Assert.Equal(0.4, summary.Evaluation["rouge1"]);
        Assert.Equal("step", summary.TrainingRunId);
    }

    [Fact]
    public void Nothing_logged_is_a_summary_with_a_warning()
    {
        MetricSummary summary = MetricReview.Summarize([]);

        Assert.Null(summary.TrainingRunId);
        Assert.Single(summary.Warnings);
        Assert.Empty(summary.LossPerEpoch);
        Assert.Empty(MetricReview.Check([], new Dictionary<string, MetricGate>()));
    }

    [Fact]
    public void Values_that_are_no_numbers_are_left_out_and_named()
    {
        MetricSummary summary = MetricReview.Summarize(
        [
            Series("r", "epoch", (1, 1), (2, 2)),
            Series("r", "loss", (1, 3), (2, double.NaN)),
            Series("r", "eval_loss", (1, 3), (2, double.PositiveInfinity)),
            Series("e", "rouge1", (0, double.NaN)),
        ]);

        Assert.Null(summary.TrainLoss);
        Assert.Null(summary.LastEvalLoss);
        Assert.Equal(3, summary.FirstEvalLoss);
        Assert.Empty(summary.Evaluation);
        Assert.Equal([new EpochLoss(1, 3, 3)], summary.LossPerEpoch);
        Assert.Equal(["The evaluation's rouge1 is nan.", "The last value of loss is nan.", "The last value of eval_loss is inf."], summary.Warnings);

        // What crosses an activity's border must be JSON.
        Assert.NotEmpty(System.Text.Json.JsonSerializer.Serialize(summary));
    }

    [Fact]
    public void Hundreds_of_epochs_are_told_by_their_last_hundred()
    {
        (long, double)[] points = [.. Enumerable.Range(1, 250).Select(epoch => ((long)epoch, (double)epoch))];

        IReadOnlyList<EpochLoss> losses = MetricReview.Summarize([Series("r", "epoch", points), Series("r", "loss", points)]).LossPerEpoch;

        Assert.Equal(100, losses.Count);
        Assert.Equal(new EpochLoss(250, 250, null), losses[^1]);
    }

    [Theory]
    [InlineData("eval_loss", null, 2.5, null)]
    [InlineData("eval_loss", null, 2.4, null)]
    [InlineData("eval_loss", 2.4, null, null)]
    [InlineData("eval_loss", null, 2.0, "MetricGateNotMet")]
    [InlineData("eval_loss", 3.0, null, "MetricGateNotMet")]
    [InlineData("rouge1", 0.3, 0.5, null)]
    [InlineData("rouge1", 0.5, null, "MetricGateNotMet")]
    [InlineData("rougeL", 0.1, null, "MetricMissing")]
    [InlineData("nan_metric", 0.0, null, "MetricGateNotMet")]
    public void Gate_looks_at_the_last_value(string metric, double? min, double? max, string? code)
    {
        MetricSeries[] series = [.. Training, Series("eval", "rouge1", (0, 0.4)), Series("eval", "nan_metric", (0, double.NaN))];

        IReadOnlyList<Failure> failures = MetricReview.Check(series, new Dictionary<string, MetricGate> { [metric] = new(min, max) });

        Assert.Equal(code, failures.SingleOrDefault()?.Code);
    }

    [Fact]
    public void Gate_reads_the_training_run_before_others()
    {
        MetricSeries[] series = [Series("aaa", "eval_loss", (0, 9)), .. Training];

        Assert.Empty(MetricReview.Check(series, new Dictionary<string, MetricGate> { ["eval_loss"] = new(Max: 3) }));
    }

    [Fact]
    public void All_gates_that_are_not_met_are_told()
    {
        var gates = new Dictionary<string, MetricGate> { ["eval_lose"] = new(Max: 1), ["eval_loss"] = new(Max: 1), ["loss"] = new(Max: 1) };

        IReadOnlyList<Failure> failures = MetricReview.Check(Training, gates);

        Assert.Equal(["MetricMissing", "MetricGateNotMet", "MetricGateNotMet"], failures.Select(failure => failure.Code));
        Assert.Equal("Did you mean eval_loss?", failures[0].NextStep);
        Assert.Equal("eval_loss = 2.4 is above 1.0.", failures[1].Message);
        Assert.Equal("$.metricGates.eval_loss, run step", failures[1].Where);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Training_that_diverged_fails_without_any_gate(double last)
    {
        MetricSeries[] series = [Series("r", "epoch", (1, 1)), Series("r", "loss", (1, last))];

        Assert.Equal("TrainingDiverged", Assert.Single(MetricReview.Check(series, new Dictionary<string, MetricGate>())).Code);
    }

    private static MetricSeries Series(string run, string key, params (long Step, double Value)[] points) =>
        new(run, key, [.. points.Select(point => new MetricPoint(point.Step, point.Value))]);
}
