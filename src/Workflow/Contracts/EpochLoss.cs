namespace FineTune.Workflow.Contracts;

/// <summary>How one epoch ended.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainLoss">The last training loss in it, or null.</param>
/// <param name="EvalLoss">The evaluation loss at its end, or null.</param>
public sealed record EpochLoss(int Epoch, double? TrainLoss, double? EvalLoss);
