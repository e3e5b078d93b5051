using FineTune.LocalHost.Output;

namespace FineTune.LocalHost.Commands;

/// <summary>What every command writes to and counts time by.</summary>
/// <param name="Output">Standard output, for what scripts read.</param>
/// <param name="Screen">The same, for people.</param>
/// <param name="Errors">Standard error, for people.</param>
/// <param name="Time">The real clock.</param>
internal sealed record CommandContext(TextWriter Output, Screen Screen, Screen Errors, TimeProvider Time);
