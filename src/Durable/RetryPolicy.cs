namespace FineTune.Durable;

/// <summary>How often, and at what intervals, a call that failed with an exception is made again.</summary>
public sealed record RetryPolicy
{
    /// <summary>All attempts together, the first included; at least 1. Default 1: no retry.</summary>
    public int MaxNumberOfAttempts { get; init; } = 1;

    /// <summary>The wait before the second attempt.</summary>
    public TimeSpan FirstRetryInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Each further wait is the last one times this; at least 1.</summary>
    public double BackoffCoefficient { get; init; } = 2;

    /// <summary>No wait is longer than this.</summary>
    public TimeSpan MaxRetryInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The wait after a failed attempt.</summary>
    /// <param name="attempt">The number of the attempt that failed, from 1.</param>
    /// <returns>The interval, never above <see cref="MaxRetryInterval"/>.</returns>
    public TimeSpan IntervalAfter(int attempt)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        double seconds = FirstRetryInterval.TotalSeconds * Math.Pow(Math.Max(1, BackoffCoefficient), attempt - 1);
        return seconds >= MaxRetryInterval.TotalSeconds ? MaxRetryInterval : TimeSpan.FromSeconds(seconds);
    }
}
