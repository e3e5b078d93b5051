using System.Globalization;

namespace FineTune.Simulator.Training;

/// <summary>The loss became infinite, not a number, or far worse than that of the untrained model: the learning rate is too high.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Names the step, the loss and the rate at which the training was given up.</summary>
    /// <param name="step">Optimiser steps done.</param>
    /// <param name="loss">The loss that was measured, in nats per token.</param>
    /// <param name="untrainedLoss">The loss of the untrained model, in nats per token.</param>
    /// <param name="learningRate">The peak rate that was asked for.</param>
    public TrainingDivergedException(int step, double loss, double untrainedLoss, double learningRate)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"Training diverged after step {step}: the loss is {loss:G4}, the untrained model's was {untrainedLoss:G4}. Lower learning_rate (it is {learningRate:R}) or raise warmup_steps."))
    {
        Step = step;
        Loss = loss;
        LearningRate = learningRate;
    }

    /// <summary>Optimiser steps done.</summary>
    public int Step { get; }

    /// <summary>The loss that was measured, in nats per token; may be infinite or not a number.</summary>
    public double Loss { get; }

    /// <summary>The peak rate that was asked for.</summary>
    public double LearningRate { get; }
}
