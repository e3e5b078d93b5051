namespace FineTune.Workflow.Contracts;

/// <summary>An endpoint's answer.</summary>
/// <param name="Text">The answer's text, found in whichever of the known shapes the model answered.</param>
/// <param name="Raw">The body as it came, cut at 8 KB.</param>
/// <param name="Deployment">The deployment that answered, when the service names it.</param>
/// <param name="Latency">From request to the end of the answer.</param>
public sealed record ScoringAnswer(string Text, string Raw, string? Deployment, TimeSpan Latency);
