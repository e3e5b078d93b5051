namespace FineTune.Simulator.Faults;

/// <summary>What shall go wrong. Every rule counts the requests that match it; for one request the first rule that applies is taken.</summary>
/// <param name="Rules">The rules in their order.</param>
public sealed record FaultPlan(IReadOnlyList<FaultRule> Rules)
{
    /// <summary>Nothing goes wrong.</summary>
    public static FaultPlan None { get; } = new([]);
}
