namespace FineTune.Workflow.Rules;

/// <summary><c>True</c> or <c>False</c>.</summary>
/// <param name="value">Which.</param>
public sealed class PythonBoolean(bool value) : PythonValue
{
    /// <summary>Which.</summary>
    public bool Value { get; } = value;

    /// <inheritdoc/>
    public override string Description => "a boolean";

    /// <inheritdoc/>
    public override string ToString() => Value ? "True" : "False";
}
