using FineTune.Simulator.Training;

namespace FineTune.Simulator.Tests.Training;

/// <summary>One training that several tests look at.</summary>
public sealed class TrainedModel
{
    public TrainedModel()
    {
        Train = SyntheticChat.Rows(60);
        Validation = SyntheticChat.Rows(12, seed: 2);
        Parameters = new TrainingParameters { Epochs = 4, LoggingSteps = 7 };
        Result = ChatTrainer.Train(Train, Validation, Parameters, Reported.Add, CancellationToken.None);
    }

    internal string[] Train { get; }

    internal string[] Validation { get; }

    internal TrainingParameters Parameters { get; }

    internal TrainingResult Result { get; }

    internal List<MetricPoint> Reported { get; } = [];

    internal double[] Values(string key) => [.. Result.Metrics.Where(point => point.Key == key).Select(point => point.Value)];
}
