using FineTune.Simulator.Training;

namespace FineTune.Simulator.Jobs;

/// <summary>A metric with the simulated time at which it was logged.</summary>
internal sealed record TimedMetric(MetricPoint Point, DateTimeOffset Time);
