using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace FineTune.Workflow.Contracts;

/// <summary>
/// What an activity returns: a value, or a typed failure. Exceptions lose their type between an activity and its
/// orchestration, so decisions (retry, compensate, give up) are taken on <see cref="Kind"/> instead.
/// </summary>
/// <typeparam name="T">The value's type.</typeparam>
public sealed record Outcome<T>
{
    /// <summary>How it ended.</summary>
    public required OutcomeKind Kind { get; init; }

    /// <summary>The value, when it succeeded.</summary>
    public T? Value { get; init; }

    /// <summary>The failure, when it did not.</summary>
    public Failure? Failure { get; init; }

    /// <summary>How long the service asked us to wait (Retry-After), if it did.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether there is a value.</summary>
    [JsonIgnore]
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool IsSuccess => Kind == OutcomeKind.Succeeded;

    /// <summary>A success.</summary>
    /// <param name="value">Its value.</param>
    /// <returns>The outcome.</returns>
    public static Outcome<T> Success(T value) => new() { Kind = OutcomeKind.Succeeded, Value = value };

    /// <summary>A failure.</summary>
    /// <param name="kind">Any kind but <see cref="OutcomeKind.Succeeded"/>.</param>
    /// <param name="failure">Why.</param>
    /// <returns>The outcome.</returns>
    public static Outcome<T> Fail(OutcomeKind kind, Failure failure) => new() { Kind = kind, Failure = failure };
}
