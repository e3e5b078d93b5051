namespace FineTune.Durable;

/// <summary>The name of an orchestration, together with the types it takes and returns.</summary>
/// <param name="Value">The registered name; also what history and status records show.</param>
/// <typeparam name="TInput">The orchestration's input.</typeparam>
/// <typeparam name="TOutput">The orchestration's output.</typeparam>
public readonly record struct OrchestrationName<TInput, TOutput>(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
