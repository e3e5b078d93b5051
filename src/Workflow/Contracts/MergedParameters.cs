namespace FineTune.Workflow.Contracts;

/// <summary>The parameters of a run after all sources are laid over one another.</summary>
/// <param name="Parameters">What is sent, each name once, in the order in which the sources first named it.</param>
/// <param name="Warnings">What was dropped, for a person; stops nothing.</param>
/// <param name="Problems">What must be put right before anything is started; empty when the parameters can be sent.</param>
public sealed record MergedParameters(
    IReadOnlyList<PipelineParameter> Parameters, IReadOnlyList<string> Warnings, IReadOnlyList<Failure> Problems);
