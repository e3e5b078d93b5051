namespace FineTune.Api;

/// <summary>The optional body of <c>cancel</c>, <c>keep</c> and <c>teardown</c>.</summary>
/// <param name="Reason">Why, 500 characters at most.</param>
public sealed record CommandBody(string? Reason);
