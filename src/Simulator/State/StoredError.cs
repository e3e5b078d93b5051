namespace FineTune.Simulator.State;

/// <summary>An error that a resource or a run carries.</summary>
/// <param name="Code">The service's code.</param>
/// <param name="Message">What happened and what to do.</param>
/// <param name="InnerCode">The narrower code, if there is one.</param>
internal sealed record StoredError(string Code, string Message, string? InnerCode = null);
