namespace FineTune.Workflow.Contracts;

/// <summary>What came of asking the deployment. Questions and answers are in the record, not here: they are training data.</summary>
/// <param name="Asked">Rows asked.</param>
/// <param name="SlowestLatency">The slowest answer.</param>
/// <param name="RecordUri">Where questions, expected answers and answers are.</param>
public sealed record SmokeTestSummary(int Asked, TimeSpan SlowestLatency, string RecordUri);
