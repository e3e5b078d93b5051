namespace FineTune.Workflow.Contracts;

/// <summary>What one role lets its holder do: the actions, less the exceptions. Both may hold <c>*</c> for any text.</summary>
/// <param name="Actions">Allowed, such as <c>Microsoft.MachineLearningServices/workspaces/*/read</c>.</param>
/// <param name="NotActions">Excepted from them.</param>
public sealed record PermissionSet(IReadOnlyList<string> Actions, IReadOnlyList<string> NotActions);
