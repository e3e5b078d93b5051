using FineTune.Simulator.Training;

namespace FineTune.Simulator.Tests.Training;

public sealed class ChatTrainerTests(TrainedModel trained) : IClassFixture<TrainedModel>
{
    private static readonly string[] Rows = SyntheticChat.Rows(20);

    [Fact]
    public void Train_regular_rows_loss_falls_from_that_of_the_untrained_model()
    {
        double[] losses = trained.Values("loss");
        double untrained = Math.Log(trained.Result.Model.Network.Shape.Vocabulary);

        Assert.InRange(losses[0], 0.6 * untrained, untrained);
        Assert.True(losses[^1] < 0.5 * losses[0], string.Join(' ', losses));
        Assert.InRange(Assert.Single(trained.Values("train_loss")), losses[^1], losses[0]);
    }

    [Fact]
    public void Train_held_out_rows_loss_falls_every_epoch_and_perplexity_is_its_exponential()
    {
        double[] losses = trained.Values("eval_loss");

        Assert.Equal(trained.Parameters.Epochs, losses.Length);
        Assert.All(losses.Zip(losses.Skip(1)), pair => Assert.True(pair.Second < pair.First, string.Join(' ', losses)));
        Assert.Equal(losses.Select(Math.Exp), trained.Values("eval_perplexity"));
    }

    [Fact]
    public void Train_evaluation_does_not_change_the_model()
    {
        TrainingResult without = Train(trained.Train, trained.Parameters with { EvaluationStrategy = "disable" });

        Assert.Equal(trained.Result.Model.Network.Parameters.ToArray(), without.Model.Network.Parameters.ToArray());
        Assert.DoesNotContain(without.Metrics, point => point.Key.StartsWith("eval", StringComparison.Ordinal));
    }

    [Fact]
    public void Train_metrics_are_reported_as_they_are_listed()
    {
        Assert.Equal(trained.Result.Metrics, trained.Reported);
        Assert.Equal(
            ["loss", "grad_norm", "learning_rate", "epoch"],
            trained.Result.Metrics.Take(4).Select(point => point.Key));
        Assert.Equal(
            ["train_loss", "num_input_tokens_seen", "total_flos", "epoch"],
            trained.Result.Metrics.TakeLast(4).Select(point => point.Key));
    }

    [Fact]
    public void Train_logging_by_steps_reports_each_interval_with_the_rate_of_the_step_to_come()
    {
        MetricPoint[] rates = [.. trained.Result.Metrics.Where(point => point.Key == "learning_rate")];

        Assert.Equal(240, trained.Result.TotalSteps);
        Assert.Equal(Enumerable.Range(1, 240 / 7).Select(i => i * 7), rates.Select(point => point.Step));
        Assert.All(rates, point => Assert.Equal(2e-5 * (240 - point.Step) / 240, point.Value, 1e-12));
        Assert.All(rates, point => Assert.Equal(point.Step / 60.0, point.Epoch, 1e-12));
    }

    [Fact]
    public void Train_logging_by_epoch_reports_the_mean_loss_of_each_epoch()
    {
        TrainingResult byEpoch = Train(Rows, new TrainingParameters { Epochs = 3, LoggingStrategy = "epoch", EvaluationStrategy = "disable" });
        TrainingResult byStep = Train(Rows, new TrainingParameters { Epochs = 3, LoggingSteps = 1, EvaluationStrategy = "disable" });
        double[] steps = [.. byStep.Metrics.Where(point => point.Key == "loss").Select(point => point.Value)];

        MetricPoint[] losses = [.. byEpoch.Metrics.Where(point => point.Key == "loss")];

        Assert.Equal([20, 40, 60], losses.Select(point => point.Step));
        Assert.Equal([1.0, 2.0, 3.0], losses.Select(point => point.Epoch));
        Assert.All(losses, (loss, epoch) => Assert.Equal(steps.Skip(epoch * 20).Take(20).Average(), loss.Value, 1e-9));
    }

    [Fact]
    public void Train_evaluation_by_steps_evaluates_at_each_logging_interval()
    {
        var parameters = new TrainingParameters { EvaluationStrategy = "steps", LoggingSteps = 6 };

        TrainingResult result = ChatTrainer.Train(Rows, SyntheticChat.Rows(3, seed: 9), parameters, null, CancellationToken.None);

        Assert.Equal([6, 12, 18], result.Metrics.Where(point => point.Key == "eval_loss").Select(point => point.Step));
    }

    [Theory]
    [InlineData(1, 1, 1, -1, 20, 1)]
    [InlineData(3, 1, 1, -1, 60, 3)]
    [InlineData(2, 6, 1, -1, 8, 2)]
    [InlineData(2, 2, 3, -1, 8, 2)]
    [InlineData(1, 50, 4, -1, 1, 1)]
    [InlineData(1, int.MaxValue, int.MaxValue, -1, 1, 1)]
    [InlineData(1, 1, 1, 7, 7, 0.35)]
    [InlineData(1, 10, 1, 7, 7, 3.5)]
    [InlineData(9, 10, 1, 0, 18, 9)]
    public void Train_steps_follow_from_epochs_batch_size_accumulation_and_max_steps(
        int epochs, int batchSize, int accumulation, int maxSteps, int steps, double endEpoch)
    {
        TrainingResult result = Train(Rows, new TrainingParameters
        {
            Epochs = epochs,
            BatchSize = batchSize,
            GradientAccumulationSteps = accumulation,
            MaxSteps = maxSteps,
            LearningRate = 1e-6,
        });

        Assert.Equal(steps, result.TotalSteps);
        MetricPoint last = result.Metrics[^1];
        Assert.Equal(new MetricPoint("epoch", last.Value, steps, last.Value), last);
        Assert.Equal(endEpoch, last.Value, 1e-12);
    }

    [Fact]
    public void Train_accumulated_batches_equal_one_large_batch()
    {
        TrainingResult large = Train(Rows, new TrainingParameters { BatchSize = 6 });
        TrainingResult accumulated = Train(Rows, new TrainingParameters { BatchSize = 2, GradientAccumulationSteps = 3 });

        Assert.Equal(large.Metrics, accumulated.Metrics);
    }

    [Fact]
    public void Train_same_seed_gives_the_same_bits()
    {
        TrainingResult again = ChatTrainer.Train(trained.Train, trained.Validation, trained.Parameters, null, CancellationToken.None);

        Assert.Equal(trained.Result.Metrics, again.Metrics);
        Assert.Equal(Saved(trained.Result.Model), Saved(again.Model));
    }

    public static TheoryData<string, TrainingParameters> Settings { get; } = new()
    {
        { "seed", new TrainingParameters { Seed = 43 } },
        { "learning rate", new TrainingParameters { LearningRate = 3e-5 } },
        { "scheduler", new TrainingParameters { Scheduler = "cosine" } },
        { "warm-up", new TrainingParameters { WarmupSteps = 5 } },
        { "epochs", new TrainingParameters { Epochs = 2 } },
        { "batch size", new TrainingParameters { BatchSize = 2 } },
        { "accumulation", new TrainingParameters { GradientAccumulationSteps = 2 } },
        { "weight decay", new TrainingParameters { WeightDecay = 0.1 } },
        { "gradient clipping", new TrainingParameters { MaxGradNorm = 0.1 } },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Train_every_setting_changes_the_outcome(string setting, TrainingParameters parameters)
    {
        double loss = FinalLoss(parameters);

        Assert.True(Math.Abs(loss - FinalLoss(new TrainingParameters())) > 1e-5, setting);
    }

    [Fact]
    public void Train_more_epochs_and_smaller_batches_learn_more()
    {
        double usual = FinalLoss(new TrainingParameters());

        Assert.True(FinalLoss(new TrainingParameters { Epochs = 3 }) < usual - 0.5);
        Assert.True(FinalLoss(new TrainingParameters { BatchSize = 10 }) > usual + 0.5);
    }

    [Fact]
    public void Train_weight_decay_makes_weights_smaller_and_leaves_an_untouched_bias()
    {
        LanguageModel free = Train(Rows, new TrainingParameters { Epochs = 2 }).Model;
        LanguageModel decayed = Train(Rows, new TrainingParameters { Epochs = 2, WeightDecay = 5 }).Model;

        Assert.True(Length(decayed) < 0.8 * Length(free));

        static double Length(LanguageModel model) =>
            model.Network.Parameters[model.Network.Shape.HiddenWeights].ToArray().Sum(weight => (double)weight * weight);
    }

    [Fact]
    public void Train_rate_of_zero_learns_nothing()
    {
        double loss = FinalLoss(new TrainingParameters { LearningRate = 0 }, out int vocabulary);

        Assert.Equal(Math.Log(vocabulary), loss, 1e-5);
    }

    [Theory]
    [InlineData(5e-6)]
    [InlineData(2e-5)]
    [InlineData(5e-5)]
    [InlineData(2e-4)]
    public void Train_rates_used_for_large_models_learn(double learningRate)
    {
        double loss = FinalLoss(new TrainingParameters { LearningRate = learningRate, Epochs = 3 }, out int vocabulary);

        Assert.True(loss < 0.8 * Math.Log(vocabulary), $"{loss}");
    }

    [Theory]
    [InlineData(1e-2)]
    [InlineData(1)]
    [InlineData(1e30)]
    [InlineData(double.MaxValue)]
    public void Train_rate_far_too_high_diverges(double learningRate)
    {
        TrainingDivergedException e = Assert.Throws<TrainingDivergedException>(
            () => Train(Rows, new TrainingParameters { LearningRate = learningRate, Epochs = 3 }));

        Assert.Equal(learningRate, e.LearningRate);
        Assert.InRange(e.Step, 1, 60);
        Assert.Contains("Lower learning_rate", e.Message, StringComparison.Ordinal);
        Assert.False(e.Loss < 10);
    }

    [Fact]
    public void Train_rate_far_too_high_in_the_only_step_diverges() =>
        Assert.Throws<TrainingDivergedException>(() => Train(Rows, new TrainingParameters { LearningRate = 10, MaxSteps = 1 }));

    [Fact]
    public void Train_longer_than_its_bounds_takes_the_steps_it_may()
    {
        TrainingResult result = Train(Rows, new TrainingParameters { MaxSteps = int.MaxValue, BatchSize = 3, LearningRate = 1e-7 });

        Assert.Equal(ChatTrainer.MaxTotalSteps, result.TotalSteps);
    }

    [Theory]
    [InlineData("{\"messages\":[", "not valid JSON")]
    [InlineData("[]", "array \"messages\"")]
    [InlineData("{\"prompt\":\"p\"}", "array \"messages\"")]
    [InlineData("{\"messages\":{}}", "array \"messages\"")]
    [InlineData("{\"messages\":[]}", "no assistant message")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"secret\"}]}", "no assistant message")]
    [InlineData("{\"messages\":[\"secret\"]}", "messages[0].role must be a string")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"content\":\"secret\"},{\"role\":\"assistant\",\"content\":null}]}", "messages[1].content must be a string")]
    [InlineData("{\"messages\":[{\"role\":\"bot\",\"content\":\"secret\"}]}", "messages[0].role must be")]
    public void Train_bad_row_names_the_split_and_the_line_but_not_the_content(string row, string reason)
    {
        InvalidDataException train = Assert.Throws<InvalidDataException>(() => Train([Rows[0], " ", row], new TrainingParameters()));
        InvalidDataException validation = Assert.Throws<InvalidDataException>(
            () => ChatTrainer.Train(Rows, [row], new TrainingParameters(), null, CancellationToken.None));

        Assert.StartsWith("train line 3: ", train.Message, StringComparison.Ordinal);
        Assert.StartsWith("validation line 1: ", validation.Message, StringComparison.Ordinal);
        Assert.Contains(reason, train.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", train.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_no_rows_is_refused() =>
        Assert.Throws<InvalidDataException>(() => Train(["", "  "], new TrainingParameters()));

    public static TheoryData<string, TrainingParameters> OutOfRange { get; } = new()
    {
        { "num_train_epochs", new TrainingParameters { Epochs = 0 } },
        { "learning_rate", new TrainingParameters { LearningRate = -1 } },
        { "learning_rate", new TrainingParameters { LearningRate = double.NaN } },
        { "lr_scheduler_type", new TrainingParameters { Scheduler = "Linear" } },
        { "learning_rate", new TrainingParameters { Scheduler = "polynomial", LearningRate = 1e-7 } },
        { "warmup_steps", new TrainingParameters { WarmupSteps = -1 } },
        { "per_device_train_batch_size", new TrainingParameters { BatchSize = 0 } },
        { "gradient_accumulation_steps", new TrainingParameters { GradientAccumulationSteps = 0 } },
        { "weight_decay", new TrainingParameters { WeightDecay = double.PositiveInfinity } },
        { "max_grad_norm", new TrainingParameters { MaxGradNorm = double.NaN } },
        { "logging_steps", new TrainingParameters { LoggingSteps = 0 } },
        { "logging_strategy", new TrainingParameters { LoggingStrategy = "no" } },
        { "evaluation_strategy", new TrainingParameters { EvaluationStrategy = "no" } },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void Train_parameter_out_of_range_is_refused_by_its_name_in_the_component(string name, TrainingParameters parameters)
    {
        ArgumentOutOfRangeException e = Assert.Throws<ArgumentOutOfRangeException>(() => Train(Rows, parameters));

        Assert.Contains(name, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_cancelled_in_the_middle_stops_at_once()
    {
        using var source = new CancellationTokenSource();
        var seen = new List<int>();
        var parameters = new TrainingParameters { LoggingSteps = 1 };

        Assert.Throws<OperationCanceledException>(() => ChatTrainer.Train(
            Rows,
            null,
            parameters,
            point =>
            {
                seen.Add(point.Step);
                if (point is { Key: "epoch", Step: 5 })
                {
                    source.Cancel();
                }
            },
            source.Token));
        Assert.Equal(5, seen[^1]);
    }

    [Fact]
    public void Train_cancelled_while_reading_takes_no_further_row()
    {
        using var source = new CancellationTokenSource();
        int read = 0;
        IEnumerable<string> Endless()
        {
            while (true)
            {
                if (++read == 100)
                {
                    source.Cancel();
                }

                yield return Rows[0];
            }
        }

        Assert.Throws<OperationCanceledException>(() => ChatTrainer.Train(Endless(), null, new TrainingParameters(), null, source.Token));
        Assert.Equal(100, read);
    }

    [Fact]
    public void Train_more_tokens_than_the_budget_learns_from_a_share_of_each_step_and_keeps_the_steps()
    {
        string[] rows = SyntheticChat.Rows(500);
        TrainingResult result = Train(rows, new TrainingParameters { Epochs = 30, BatchSize = 4, LoggingStrategy = "epoch" });
        Network network = result.Model.Network;
        double perTarget = 6.0 * (network.Shape.WeightCount - network.Shape.Embeddings.End.Value);

        double targets = result.Metrics.Single(point => point.Key == "total_flos").Value / perTarget;

        Assert.Equal(30 * 125, result.TotalSteps);
        Assert.InRange(targets, 0.5 * ChatTrainer.MaxTargets, ChatTrainer.MaxTargets);
    }

    private static TrainingResult Train(IEnumerable<string> rows, TrainingParameters parameters) =>
        ChatTrainer.Train(rows, null, parameters, null, CancellationToken.None);

    private static double FinalLoss(TrainingParameters parameters) => FinalLoss(parameters, out _);

    private static double FinalLoss(TrainingParameters parameters, out int vocabulary)
    {
        TrainingResult result = ChatTrainer.Train(Rows, SyntheticChat.Rows(10, seed: 3), parameters, null, CancellationToken.None);
        vocabulary = result.Model.Network.Shape.Vocabulary;
        return result.Metrics.Last(point => point.Key == "eval_loss").Value;
    }

    private static byte[] Saved(LanguageModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }
}
