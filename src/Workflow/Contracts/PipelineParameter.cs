namespace FineTune.Workflow.Contracts;

/// <summary>One literal input of the pipeline component, ready to send.</summary>
/// <param name="Name">The component's name for it.</param>
/// <param name="Value">The text that the component takes: <c>"true"</c>, <c>"3"</c>, <c>"5e-06"</c>.</param>
/// <param name="Origin">Who set it.</param>
public sealed record PipelineParameter(string Name, string Value, ParameterOrigin Origin);
