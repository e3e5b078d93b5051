namespace FineTune.Workflow.Contracts;

/// <summary>A literal input of the component, as the job will carry it.</summary>
/// <param name="Name">The component's name for it.</param>
/// <param name="Value">Its text.</param>
/// <param name="Origin">Who set it.</param>
public sealed record PipelineParameter(string Name, string Value, ParameterOrigin Origin);
