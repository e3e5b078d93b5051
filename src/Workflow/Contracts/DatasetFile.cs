namespace FineTune.Workflow.Contracts;

/// <summary>One source file of a dataset.</summary>
/// <param name="Name">Its path in the container (or on disk, for local use), with forward slashes.</param>
/// <param name="Length">Bytes.</param>
/// <param name="ETag">The blob's ETag at the time of listing; reading another version fails. Null for local files.</param>
public sealed record DatasetFile(string Name, long Length, string? ETag = null);
