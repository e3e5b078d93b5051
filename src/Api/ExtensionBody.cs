namespace FineTune.Api;

/// <summary>The body of <c>extend</c>.</summary>
/// <param name="Duration">By how much, ISO 8601, 1 minute to 30 days. Required.</param>
public sealed record ExtensionBody(string? Duration);
