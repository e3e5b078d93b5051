using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTune.Durable.Embedded.History;

/// <summary>A string that holds JSON: written into the document as it is, not as an escaped string.</summary>
internal sealed class RawJsonConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonElement.ParseValue(ref reader).GetRawText();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value, skipInputValidation: true);
}
