namespace FineTune.Simulator.Training;

/// <summary>How an answer is drawn from the model's distribution; names as in a scoring request.</summary>
/// <param name="Temperature">Divides the logits before sampling, at least 0; 0 takes the likeliest token.</param>
/// <param name="TopP">Nucleus sampling: only the likeliest tokens that together reach this probability are drawn from; above 0, at most 1.</param>
/// <param name="DoSample">Whether to draw at all; otherwise the likeliest token is taken.</param>
/// <param name="MaxNewTokens">Longest answer in tokens, at least 1.</param>
/// <param name="Seed">Seed of the draws.</param>
public sealed record GenerationParameters(double Temperature, double TopP, bool DoSample, int MaxNewTokens, int Seed);
