namespace FineTune.Api;

/// <summary>The body of an accepted order.</summary>
/// <param name="RunId">The run.</param>
/// <param name="StatusQueryGetUri">Where to ask how it stands: a path on this host, without any key.</param>
public sealed record RunAccepted(string RunId, string StatusQueryGetUri);
