namespace FineTune.Workflow.Contracts;

/// <summary>"Nothing to tell": the value of an outcome that only succeeds or fails.</summary>
public sealed record Unit
{
    /// <summary>The one value.</summary>
    public static Unit Value { get; } = new();
}
