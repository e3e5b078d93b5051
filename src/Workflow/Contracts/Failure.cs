namespace FineTune.Workflow.Contracts;

/// <summary>Why something did not work, in a form that a person can act on.</summary>
/// <param name="Code">A stable code of ours, in PascalCase, such as <c>DatasetRefused</c>. Documented in docs/errors.md.</param>
/// <param name="Message">What happened, in one or two sentences.</param>
public sealed record Failure(string Code, string Message)
{
    /// <summary>Where: a resource id, a blob with line and column, a JSON path.</summary>
    public string? Where { get; init; }

    /// <summary>What the person does next.</summary>
    public string? NextStep { get; init; }

    /// <summary>The service's own error code, when it gave one.</summary>
    public string? UpstreamCode { get; init; }

    /// <summary>The service's request id, to quote to its support.</summary>
    public string? RequestId { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Where is null ? $"{Code}: {Message}" : $"{Code}: {Message} ({Where})";
}
