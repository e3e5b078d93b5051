namespace FineTune.Workflow.Contracts;

/// <summary>One question of the smoke test. Kept among the run's records only.</summary>
/// <param name="Question">The user's last turn.</param>
/// <param name="Expected">The assistant's turn in the test row; empty when the row has none.</param>
/// <param name="Answer">What the deployment answered.</param>
/// <param name="LatencySeconds">From request to the end of the answer.</param>
public sealed record SmokeTestAnswer(string Question, string Expected, string Answer, double LatencySeconds);
