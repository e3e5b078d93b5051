namespace FineTune.Workflow.Contracts;

/// <summary>A request as read from JSON: either it, or everything that is wrong with it.</summary>
/// <param name="Request">The request with the defaults laid under it; null when there are errors.</param>
/// <param name="Errors">All errors in the order of the text, 100 at most and then a last one that says how many more; empty when there is a request.</param>
public sealed record RunRequestReadResult(RunRequest? Request, IReadOnlyList<FieldError> Errors);
