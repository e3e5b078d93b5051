namespace FineTune.Workflow.Rules;

/// <summary>A <c>dict</c> with strings as keys, in the order in which each key was first written.</summary>
/// <param name="items">The entries.</param>
public sealed class PythonDict(OrderedDictionary<string, PythonValue> items) : PythonValue
{
    /// <summary>The entries; enumerates in order.</summary>
    public IReadOnlyDictionary<string, PythonValue> Items { get; } = items;

    /// <inheritdoc/>
    public override string Description => "a dictionary";

    /// <inheritdoc/>
    public override string ToString() => "{" + string.Join(", ", Items.Select(item => $"{new PythonString(item.Key)}: {item.Value}")) + "}";
}
