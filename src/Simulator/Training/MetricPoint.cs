namespace FineTune.Simulator.Training;

/// <summary>One value of one metric at one moment of the training, as the Hugging Face trainer sends it to MLflow.</summary>
/// <param name="Key">
/// <c>loss</c>, <c>grad_norm</c>, <c>learning_rate</c>, <c>epoch</c> while training; <c>eval_loss</c>, <c>eval_perplexity</c> at evaluations;
/// <c>train_loss</c>, <c>num_input_tokens_seen</c>, <c>total_flos</c> once, at the end.
/// </param>
/// <param name="Value">The value; losses in nats per assistant token.</param>
/// <param name="Step">Optimiser steps done when it was measured.</param>
/// <param name="Epoch">Passes over the training rows done when it was measured, with fraction.</param>
public sealed record MetricPoint(string Key, double Value, int Step, double Epoch);
