using FineTune.Workflow.Contracts;

namespace FineTune.Api;

/// <summary>An error as <c>application/problem+json</c> (RFC 9457), with our own members.</summary>
public sealed record ApiProblem
{
    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What kind of error, in one line.</summary>
    public required string Title { get; init; }

    /// <summary>A stable code of ours, in PascalCase. Documented in docs/errors.md.</summary>
    public required string Code { get; init; }

    /// <summary>What happened this time.</summary>
    public string? Detail { get; init; }

    /// <summary>What the caller does next.</summary>
    public string? NextStep { get; init; }

    /// <summary>Everything that is wrong with the request, at once.</summary>
    public IReadOnlyList<FieldError>? Errors { get; init; }
}
