using System.Runtime.CompilerServices;
using System.Text.Json;
using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.LocalHost.Client;

/// <summary>Follows a run by asking at an interval, also over restarts of its host.</summary>
/// <param name="client">The host's API.</param>
/// <param name="time">Paces the questions.</param>
internal sealed class RunFollower(FineTuneClient client, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a host may be away, and a run that is expected may not be there yet.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    /// <summary>Each status that differs from the one before, to the end of the run.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="isExpected">Whether the run may still have to come: its dataset was only dropped.</param>
    /// <param name="cancellationToken">Stops following; the run goes on.</param>
    /// <returns>The statuses; the last one is terminal.</returns>
    /// <exception cref="ApiException">There is no such run.</exception>
    /// <exception cref="HostUnreachableException">The host stays away.</exception>
    public async IAsyncEnumerable<RunStatus> FollowAsync(
        string runId, bool isExpected = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? before = null;
        long lastAnswer = time.GetTimestamp();
        for (; ; await Task.Delay(Interval, time, cancellationToken))
        {
            RunStatus? status = null;
            try
            {
                status = await client.FindAsync(runId, cancellationToken);
                if (status is null && (!isExpected || time.GetElapsedTime(lastAnswer) > Patience))
                {
                    throw new ApiException($"There is no run '{runId}'. 'finetune list' shows the runs that there are.");
                }
            }
            catch (HostUnreachableException) when (time.GetElapsedTime(lastAnswer) < Patience)
            {
                // It may be starting, or starting again.
            }

            if (status is null)
            {
                continue;
            }

            lastAnswer = time.GetTimestamp();
            isExpected = false;
            string now = JsonSerializer.Serialize(status, DurableJson.Options);
            if (now != before)
            {
                before = now;
                yield return status;
            }

            if (RunTransitions.IsTerminal(status.State))
            {
                yield break;
            }
        }
    }
}
