namespace FineTune.Workflow.Rules;

/// <summary>A value that a Python literal stands for. The set of kinds is closed; <see cref="object.ToString"/> writes it as Python's <c>repr</c> does.</summary>
public abstract class PythonValue
{
    private protected PythonValue()
    {
    }

    /// <summary>What it is, for messages: <c>a string</c>, <c>a list</c>.</summary>
    public abstract string Description { get; }

    /// <summary>Where its text begins: an index into the text that was parsed.</summary>
    internal int Offset { get; init; }
}
