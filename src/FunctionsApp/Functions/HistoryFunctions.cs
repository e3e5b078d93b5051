using FineTune.FunctionsApp.Configuration;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace FineTune.FunctionsApp.Functions;

/// <summary>Keeps the task hub small: what runs leave for people is in their records, not in their histories.</summary>
/// <param name="settings">How long a history is kept.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
public sealed partial class HistoryFunctions(AppSettings settings, TimeProvider time, ILogger<HistoryFunctions> logger)
{
    private static readonly OrchestrationRuntimeStatus[] Ended =
        [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

    /// <summary>Removes the histories of instances that began longer ago than they are kept, and have ended.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="client">The engine.</param>
    /// <param name="cancellationToken">Signalled when the host stops; the rest is removed next time.</param>
    /// <returns>When they are gone.</returns>
    [Function(nameof(PurgeHistory))]
    public async Task PurgeHistory(
        [TimerTrigger("%PurgeSchedule%")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        if (settings.HistoryRetention == TimeSpan.Zero)
        {
            return;
        }

        var filter = new PurgeInstancesFilter(CreatedFrom: null, time.GetUtcNow() - settings.HistoryRetention, Ended);
        PurgeResult purged = await client.PurgeAllInstancesAsync(filter, cancellationToken);
        LogPurged(purged.PurgedInstanceCount, settings.HistoryRetention);
    }

    [LoggerMessage(1, LogLevel.Information, "{Count} instance(s) older than {Retention} had ended, and their histories are removed.")]
    private partial void LogPurged(int count, TimeSpan retention);
}
