namespace FineTune.Workflow.Ports;

/// <summary>A <c>*.run.json</c> as found.</summary>
/// <param name="Name">The blob's name.</param>
/// <param name="Content">Its bytes.</param>
public sealed record RunRequestFile(string Name, ReadOnlyMemory<byte> Content);
