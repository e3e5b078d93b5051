using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTune.Durable.Embedded.History;

/// <summary>How history is written: one JSON document an event.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(HistoryEvent))]
[JsonSerializable(typeof(ExportedHistory))]
[JsonSerializable(typeof(TaskFailureDetails))]
internal sealed partial class HistoryJson : JsonSerializerContext
{
    /// <summary>Indented, and with as few escapes as JSON allows; for files, not for web pages.</summary>
    public static JsonSerializerOptions ForPeople { get; } = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write(HistoryEvent value) => JsonSerializer.Serialize(value, Default.HistoryEvent);

    public static HistoryEvent Read(string json) =>
        JsonSerializer.Deserialize(json, Default.HistoryEvent) ?? throw new JsonException("A history event is null.");
}
