namespace FineTune.Api;

/// <summary>Whether one part of the host is up.</summary>
/// <param name="Name">The part: see <see cref="HostParts"/>.</param>
/// <param name="Ready">Whether it is up.</param>
/// <param name="Detail">What it is, or why it is not up; for people, without secrets. Null when there is nothing to tell.</param>
public sealed record PartReadiness(string Name, bool Ready, string? Detail = null);
