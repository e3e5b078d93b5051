using System.Text.Json;

namespace FineTune.Durable.Embedded.Replay;

/// <summary>Something the orchestration may be waiting for: it ends with JSON or with a failure.</summary>
internal abstract class PendingCall
{
    public abstract void Complete(string? json);

    public abstract void Fail(TaskFailureDetails failure);

    public abstract void Cancel(CancellationToken cancellationToken);
}

/// <inheritdoc cref="PendingCall"/>
/// <param name="name">The name of the activity, orchestration or event.</param>
/// <typeparam name="T">What the JSON is read as.</typeparam>
internal sealed class PendingCall<T>(string name) : PendingCall
{
    // Continuations run inline up to the replay scheduler; RunContinuationsAsynchronously would send WhenAll and WhenAny to other threads.
    private readonly TaskCompletionSource<T> _source = new();

    /// <summary>Registered with the caller's token; dropped as soon as the call has ended.</summary>
    public CancellationTokenRegistration Registration { get; set; }

    public Task<T> Task => _source.Task;

    public override void Complete(string? json)
    {
        Registration.Dispose();
        T value;
        try
        {
            value = json is null ? default! : JsonSerializer.Deserialize<T>(json, DurableJson.Options)!;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            _source.TrySetException(new InvalidOperationException($"What '{name}' gave cannot be read as {typeof(T)}: {e.Message}", e));
            return;
        }

        _source.TrySetResult(value);
    }

    public override void Fail(TaskFailureDetails failure)
    {
        Registration.Dispose();
        _source.TrySetException(new TaskFailedException(name, failure));
    }

    public override void Cancel(CancellationToken cancellationToken)
    {
        Registration.Dispose();
        _source.TrySetCanceled(cancellationToken);
    }
}
