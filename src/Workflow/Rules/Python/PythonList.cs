namespace FineTune.Workflow.Rules;

/// <summary>A <c>list</c> or a <c>tuple</c>.</summary>
/// <param name="items">The elements in order.</param>
/// <param name="isTuple">Whether it was written as a tuple.</param>
public sealed class PythonList(IReadOnlyList<PythonValue> items, bool isTuple = false) : PythonValue
{
    /// <summary>The elements in order.</summary>
    public IReadOnlyList<PythonValue> Items { get; } = items;

    /// <summary>Whether it was written as a tuple.</summary>
    public bool IsTuple { get; } = isTuple;

    /// <inheritdoc/>
    public override string Description => IsTuple ? "a tuple" : "a list";

    /// <inheritdoc/>
    public override string ToString()
    {
        string list = string.Join(", ", Items);
        return !IsTuple ? $"[{list}]" : Items.Count == 1 ? $"({list},)" : $"({list})";
    }
}
