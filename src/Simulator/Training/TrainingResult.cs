namespace FineTune.Simulator.Training;

/// <summary>What a training leaves behind.</summary>
/// <param name="Model">The trained model.</param>
/// <param name="Metrics">Every metric in the order in which it was reported.</param>
/// <param name="TotalSteps">Optimiser steps done.</param>
public sealed record TrainingResult(LanguageModel Model, IReadOnlyList<MetricPoint> Metrics, int TotalSteps);
