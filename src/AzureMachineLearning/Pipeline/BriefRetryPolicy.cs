using Azure.Core;
using Azure.Core.Pipeline;

namespace FineTune.AzureMachineLearning.Pipeline;

/// <summary>
/// Rides out a hiccup, but does not sit out a long Retry-After: that wait belongs to the workflow's durable timers, which
/// cost nothing and survive a restart.
/// </summary>
internal sealed class BriefRetryPolicy(RetryOptions options, TimeProvider timeProvider)
    : RetryPolicy(options.MaxRetries, DelayStrategy.CreateExponentialDelayStrategy(options.Delay, options.MaxDelay))
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override bool ShouldRetry(HttpMessage message, Exception? exception) =>
        base.ShouldRetry(message, exception) && IsBrief(message);

    /// <inheritdoc/>
    protected override async ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) =>
        await base.ShouldRetryAsync(message, exception) && IsBrief(message);

    private bool IsBrief(HttpMessage message) =>
        !message.HasResponse || RetryAfterHeader.Read(message.Response.Headers, timeProvider) is not { } wait || wait <= LongestWait;
}
