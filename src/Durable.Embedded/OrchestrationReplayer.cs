using System.Text.Json;
using FineTune.Durable.Embedded.History;
using FineTune.Durable.Embedded.Replay;

namespace FineTune.Durable.Embedded;

/// <summary>
/// Replays exported histories against today's code. Commit the histories of each version and replay them in tests:
/// an edit that instances under way would not survive fails the build.
/// </summary>
/// <param name="registry">Today's orchestrations.</param>
public sealed class OrchestrationReplayer(DurableTaskRegistry registry)
{
    /// <summary>Replays one history.</summary>
    /// <param name="historyJson">What <see cref="DurableTaskEngine.ExportHistory"/> gave.</param>
    /// <exception cref="NonDeterministicOrchestrationException">The code does not match the history.</exception>
    /// <exception cref="KeyNotFoundException">The orchestration is not registered.</exception>
    /// <exception cref="InvalidDataException">The text is no history, or one of a newer format.</exception>
    public void Replay(string historyJson)
    {
        ExportedHistory history = Read(historyJson);
        if (!registry.Orchestrations.TryGetValue(history.Name, out OrchestrationRegistration? registration))
        {
            throw new KeyNotFoundException($"No orchestration named '{history.Name}' is registered.");
        }

        new OrchestrationExecution(registration, history.InstanceId, history.Execution, int.MaxValue).Replay(history.Events);
    }

    private static ExportedHistory Read(string historyJson)
    {
        try
        {
            ExportedHistory history = JsonSerializer.Deserialize(historyJson, HistoryJson.Default.ExportedHistory)
                ?? throw new InvalidDataException("The history is null.");
            if (history.FormatVersion != ExportedHistory.CurrentFormatVersion)
            {
                throw new InvalidDataException(
                    $"The history has format version {history.FormatVersion}; this program knows version {ExportedHistory.CurrentFormatVersion}.");
            }

            return history.Events is null || history.Events.Contains(null) ? throw new InvalidDataException("The history has no events.") : history;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"This is no exported history: {e.Message}", e);
        }
    }
}
