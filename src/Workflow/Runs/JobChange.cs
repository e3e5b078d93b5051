using System.Text.Json;

namespace FineTune.Workflow.Runs;

/// <summary>What an event of Azure ML says of a job.</summary>
/// <param name="JobName">The job's name, which run history calls its run id.</param>
/// <param name="Status">What it is now, as far as the event says.</param>
/// <remarks>
/// Types and properties: learn.microsoft.com/azure/event-grid/event-schema-machine-learning. Both schemas, Event Grid's and
/// CloudEvents', differ only in the name of the type.
/// </remarks>
public sealed record JobChange(string JobName, string? Status)
{
    private const string Types = "Microsoft.MachineLearningServices.Run";

    /// <summary>Reads an event.</summary>
    /// <param name="json">The event as JSON.</param>
    /// <returns>The change; null when it is no event about a job, or no JSON.</returns>
    public static JobChange? Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads an event.</summary>
    /// <param name="change">The event.</param>
    /// <returns>The change; null when it is no event about a job.</returns>
    public static JobChange? Read(JsonElement change)
    {
        string? type = Text(change, "eventType") ?? Text(change, "type");
        return type?.StartsWith(Types, StringComparison.OrdinalIgnoreCase) == true
            && change.TryGetProperty("data", out JsonElement data)
            && Text(data, "runId") is { Length: > 0 } jobName
                ? new JobChange(jobName, Text(data, "runStatus"))
                : null;
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
