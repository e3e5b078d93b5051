using System.Globalization;
using Azure.Core;

namespace FineTune.AzureMachineLearning.Pipeline;

/// <summary>Reads how long a service asks to wait.</summary>
internal static class RetryAfterHeader
{
    // An answer must not be able to stall a run for good.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Reads <c>Retry-After</c> (seconds or a date, RFC 9110 section 10.2.3) and Azure's two variants in milliseconds.</summary>
    public static TimeSpan? Read(ResponseHeaders headers, TimeProvider timeProvider)
    {
        TimeSpan? wait = null;
        if ((headers.TryGetValue("retry-after-ms", out string? text) || headers.TryGetValue("x-ms-retry-after-ms", out text))
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double milliseconds))
        {
            wait = TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, Longest.TotalMilliseconds));
        }
        else if (headers.TryGetValue("Retry-After", out text))
        {
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds))
            {
                wait = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, Longest.TotalSeconds));
            }
            else if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date))
            {
                wait = date - timeProvider.GetUtcNow();
            }
        }

        return wait is null ? null : wait < TimeSpan.Zero ? TimeSpan.Zero : wait > Longest ? Longest : wait;
    }
}
