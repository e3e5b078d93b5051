namespace FineTune.Api;

/// <summary>The body of <c>approve</c>.</summary>
/// <param name="Approved">Yes or no. Required: nobody approves by an empty request.</param>
/// <param name="Comment">Why, 500 characters at most.</param>
public sealed record ApprovalBody(bool? Approved, string? Comment);
