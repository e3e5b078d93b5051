using FineTune.Durable.Embedded.Storage;
using Microsoft.Extensions.Options;

namespace FineTune.Durable.Embedded;

/// <summary>How the engine works.</summary>
public sealed record DurableTaskEngineOptions
{
    /// <summary>The SQLite file; created, with its directory, when missing. One engine at a time may have it open.</summary>
    public required string DatabasePath { get; init; }

    /// <summary>The clock of timers, leases and time stamps. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How many activities run at the same time; at least 1. Default 32: activities mostly wait for others.</summary>
    public int MaxConcurrentActivities { get; init; } = 32;

    /// <summary>How many instances take a turn at the same time; at least 1. Default 32.</summary>
    public int MaxConcurrentOrchestrations { get; init; } = 32;

    /// <summary>How long an activity call is set aside for the run that took it; renewed while it runs. More than zero. Default 5 minutes.</summary>
    public TimeSpan ActivityLeaseDuration { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The longest history of one execution, in events; an instance that would grow past it fails. At least 16. Default 50,000.</summary>
    public int MaxHistoryEvents { get; init; } = 50_000;

    /// <summary>
    /// Whether a commit waits for the disk (synchronous=FULL). Without, it survives the death of the process but not of the machine:
    /// right for tests and throwaway data only. Default true.
    /// </summary>
    public bool FlushToDisk { get; init; } = true;

    /// <summary>Tests crash the engine from here.</summary>
    internal Action<CommitPhase>? CommitHook { get; init; }

    /// <summary>Checks all values.</summary>
    /// <exception cref="OptionsValidationException">Values are out of their range; all of them are named.</exception>
    internal void Validate()
    {
        (bool IsRight, string Rule)[] rules =
        [
            (!string.IsNullOrWhiteSpace(DatabasePath), $"{nameof(DatabasePath)} is the path of a file."),
            (MaxConcurrentActivities >= 1, $"{nameof(MaxConcurrentActivities)} is at least 1."),
            (MaxConcurrentOrchestrations >= 1, $"{nameof(MaxConcurrentOrchestrations)} is at least 1."),
            (ActivityLeaseDuration > TimeSpan.Zero, $"{nameof(ActivityLeaseDuration)} is more than zero."),
            (MaxHistoryEvents >= 16, $"{nameof(MaxHistoryEvents)} is at least 16."),
        ];
        string[] failures = [.. rules.Where(rule => !rule.IsRight).Select(rule => rule.Rule)];
        if (failures.Length > 0)
        {
            throw new OptionsValidationException(nameof(DurableTaskEngineOptions), typeof(DurableTaskEngineOptions), failures);
        }
    }
}
