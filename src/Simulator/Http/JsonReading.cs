using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FineTune.Simulator.Http;

/// <summary>Reads request bodies; what has the wrong type or is missing is refused with its JSON path.</summary>
internal static class JsonReading
{
    public static JsonObject? Object(this JsonObject parent, string name) => parent[name] switch
    {
        null => null,
        JsonObject value => value,
        { } other => throw Wrong(other, "an object"),
    };

    public static JsonObject RequiredObject(this JsonObject parent, string name) => parent.Object(name) ?? throw Missing(parent, name);

    public static string? Text(this JsonObject parent, string name) => parent[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        { } other => throw Wrong(other, "a string"),
    };

    public static string RequiredText(this JsonObject parent, string name)
    {
        string? text = parent.Text(name);
        return string.IsNullOrEmpty(text) ? throw Missing(parent, name) : text;
    }

    public static int? Integer(this JsonObject parent, string name) => parent[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out int number) => number,
        { } other => throw Wrong(other, "an integer"),
    };

    public static double? Number(this JsonObject parent, string name) => parent[name] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.Number => value.GetValue<double>(),
        { } other => throw Wrong(other, "a number"),
    };

    public static bool? Boolean(this JsonObject parent, string name) => parent[name]?.GetValueKind() switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(parent[name]!, "true or false"),
    };

    /// <summary>An ISO 8601 duration such as <c>PT10M</c>.</summary>
    public static TimeSpan? Duration(this JsonObject parent, string name)
    {
        if (parent.Text(name) is not { } text)
        {
            return null;
        }

        try
        {
            return System.Xml.XmlConvert.ToTimeSpan(text);
        }
        catch (FormatException)
        {
            throw Wrong(parent[name]!, "an ISO 8601 duration");
        }
    }

    /// <summary>An object whose values are strings, such as tags.</summary>
    public static JsonObject? Tags(this JsonObject parent, string name)
    {
        JsonObject? tags = parent.Object(name);
        foreach (var tag in tags ?? [])
        {
            if (tag.Value is not null && tag.Value.GetValueKind() != JsonValueKind.String)
            {
                throw Wrong(tag.Value, "a string");
            }
        }

        return tags;
    }

    public static JsonObject Copy(this JsonObject value) => (JsonObject)value.DeepClone();

    public static JsonNode? CopyOf(this JsonObject parent, string name) => parent[name]?.DeepClone();

    /// <summary>A hash that does not depend on the order of properties.</summary>
    public static string CanonicalHash(JsonNode? node)
    {
        StringBuilder text = new();
        Write(node, text);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));

        static void Write(JsonNode? node, StringBuilder text)
        {
            switch (node)
            {
                case JsonObject value:
                    text.Append('{');
                    foreach (var pair in value.Where(pair => pair.Value is not null).OrderBy(pair => pair.Key, StringComparer.Ordinal))
                    {
                        text.Append(CultureInfo.InvariantCulture, $"{JsonEncodedText.Encode(pair.Key)}:");
                        Write(pair.Value, text);
                    }

                    text.Append('}');
                    break;
                case JsonArray array:
                    text.Append('[');
                    foreach (JsonNode? item in array)
                    {
                        Write(item, text);
                        text.Append(',');
                    }

                    text.Append(']');
                    break;
                default:
                    text.Append(node?.ToJsonString() ?? "null").Append(',');
                    break;
            }
        }
    }

    public static ServiceException Missing(JsonObject parent, string name) =>
        new(400, "BadRequest", $"The field '{name}' is required.", $"{parent.GetPath()}.{name}");

    public static ServiceException Wrong(JsonNode node, string expected) =>
        new(400, "BadRequest", $"The value at {node.GetPath()} has to be {expected}.", node.GetPath());
}
