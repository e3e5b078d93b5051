namespace FineTune.Workflow.Contracts;

/// <summary>What a finding means for its row.</summary>
public enum FindingSeverity
{
    /// <summary>The row can't be used; it is never written.</summary>
    Error,

    /// <summary>The row can be used, and probably should not be.</summary>
    Warning,

    /// <summary>Worth knowing.</summary>
    Info,
}
