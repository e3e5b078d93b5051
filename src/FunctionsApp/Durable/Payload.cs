using System.Text.Json;
using FineTune.Durable;

namespace FineTune.FunctionsApp.Durable;

/// <summary>Inputs, outputs, events and statuses as they cross to Durable Task: JSON that its own serializer passes on as it is.</summary>
internal static class Payload
{
    /// <summary>Writes a value; null stays null.</summary>
    public static JsonElement? Write<T>(T value) => value is null ? null : JsonSerializer.SerializeToElement(value, DurableJson.Options);

    /// <summary>Takes over text that is JSON already.</summary>
    public static JsonElement? Parse(string? json) => json is null ? null : JsonElement.Parse(json);

    /// <summary>Reads a value.</summary>
    public static T Read<T>(JsonElement? json) => Text(json) is null ? default! : json!.Value.Deserialize<T>(DurableJson.Options)!;

    /// <summary>The text, or null for null.</summary>
    public static string? Text(JsonElement? json) => json is null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } ? null : json.Value.GetRawText();
}
