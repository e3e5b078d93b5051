namespace FineTune.Durable;

/// <summary>Who asks for an activity.</summary>
/// <param name="InstanceId">The orchestration instance that called it.</param>
/// <param name="Name">The activity's registered name.</param>
public sealed record ActivityContext(string InstanceId, string Name);
