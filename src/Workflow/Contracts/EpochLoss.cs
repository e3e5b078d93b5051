namespace FineTune.Workflow.Contracts;

/// <summary>The losses of one epoch.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainLoss">The mean of the training losses logged during it; null when none was.</param>
/// <param name="EvalLoss">The last evaluation loss logged during it; null when none was.</param>
public sealed record EpochLoss(int Epoch, double? TrainLoss, double? EvalLoss);
