namespace FineTune.Durable;

/// <summary>The name of an activity, together with the types it takes and returns.</summary>
/// <param name="Value">The registered name; also what history records show.</param>
/// <typeparam name="TInput">The activity's input.</typeparam>
/// <typeparam name="TOutput">The activity's output.</typeparam>
public readonly record struct ActivityName<TInput, TOutput>(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
