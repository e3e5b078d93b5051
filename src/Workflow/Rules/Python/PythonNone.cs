namespace FineTune.Workflow.Rules;

/// <summary><c>None</c>.</summary>
public sealed class PythonNone : PythonValue
{
    /// <inheritdoc/>
    public override string Description => "None";

    /// <inheritdoc/>
    public override string ToString() => "None";
}
