using FineTune.Workflow;
using FineTune.Workflow.Contracts;
using Microsoft.Azure.Functions.Worker;

namespace FineTune.FunctionsApp.Functions;

/// <summary>Removes endpoints that outlived their runs, even if every orchestration was lost.</summary>
/// <param name="sweeper">Knows them by their tags.</param>
/// <param name="logger">The log.</param>
public sealed partial class SweeperFunctions(EndpointSweeper sweeper, ILogger<SweeperFunctions> logger)
{
    /// <summary>Sweeps. It fails, and so shows in alerts, when an expired endpoint could not be removed or the list could not be read.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="cancellationToken">Signalled when the host stops.</param>
    /// <returns>When every expired endpoint is being deleted.</returns>
    /// <exception cref="InvalidOperationException">One could not be deleted; the next sweep tries again.</exception>
    [Function(nameof(SweepEndpoints))]
    public async Task SweepEndpoints([TimerTrigger("%SweeperSchedule%")] TimerInfo timer, CancellationToken cancellationToken)
    {
        SweepResult swept = await sweeper.SweepAsync(cancellationToken);
        foreach (string endpoint in swept.Deleted)
        {
            LogDeleted(endpoint);
        }

        foreach ((string endpoint, Failure failure) in swept.Failed)
        {
            LogFailed(endpoint, failure);
        }

        if (swept.Failed.Count > 0)
        {
            throw new InvalidOperationException($"{swept.Failed.Count} expired endpoint(s) could not be deleted and go on billing: {string.Join(", ", swept.Failed.Keys)}.");
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Endpoint {Endpoint} was past its time to live and its run had not removed it: it is being deleted.")]
    private partial void LogDeleted(string endpoint);

    [LoggerMessage(2, LogLevel.Error, "Endpoint {Endpoint} is past its time to live and can't be deleted: {Failure}. It is tried again.")]
    private partial void LogFailed(string endpoint, Failure failure);
}
