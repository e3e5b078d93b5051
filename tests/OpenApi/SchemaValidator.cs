using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;

namespace FineTune.OpenApi;

/// <summary>
/// Holds JSON against the subset of Swagger 2.0 that Azure ML's documents use, and Azure's extensions to it: discriminators,
/// x-nullable, x-ms-mutability. Stricter than the format in one thing: an object whose members are listed has no others.
/// Looser in one: a service may write null for whatever is not required, as the recorded answers of the real one do.
/// </summary>
internal sealed class SchemaValidator(OpenApiDocuments documents, Direction direction, Action<string, string> report)
{
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);

    /// <summary>Validates a value.</summary>
    /// <param name="declared">Its schema, as declared where it is used.</param>
    /// <param name="value">The value.</param>
    /// <param name="path">Where it is.</param>
    public void Validate(OpenApiSchema declared, JsonElement value, string path)
    {
        (OpenApiSchema schema, _) = documents.Resolve(declared);
        if (value.ValueKind == JsonValueKind.Null)
        {
            if (!declared.Is("x-nullable") && !schema.Is("x-nullable"))
            {
                report(path, "is null");
            }

            return;
        }

        string type = schema.Text("type") ?? (schema.Find("properties") is null && schema.Find("allOf") is null ? "any" : "object");
        if (!IsOf(type, value))
        {
            report(path, $"is {value.ValueKind}, not of type '{type}'");
            return;
        }

        string[] words = declared.Texts("enum") is { Length: > 0 } own ? own : schema.Texts("enum");
        if (words.Length > 0 && value.ValueKind == JsonValueKind.String && !words.Contains(value.GetString(), StringComparer.Ordinal))
        {
            report(path, $"is '{value.GetString()}', not one of {string.Join(", ", words)}");
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.Object when type == "object":
                ValidateObject(documents.Shape(declared), value, path);
                break;
            case JsonValueKind.Array when schema.Find("items") is { } items:
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Validate(items, item, path + "[]");
                }

                break;
            case JsonValueKind.String:
                ValidateText(schema, value.GetString()!, path);
                break;
            case JsonValueKind.Number:
                ValidateNumber(schema, value.GetDouble(), path);
                break;
        }
    }

    /// <summary>Validates a parameter's or header's text.</summary>
    public void ValidateParameter(OpenApiSchema parameter, string text, string path)
    {
        string[] words = parameter.Texts("enum");
        if (words.Length > 0 && !words.Contains(text, StringComparer.Ordinal))
        {
            report(path, $"is '{text}', not one of {string.Join(", ", words)}");
        }

        switch (parameter.Text("type"))
        {
            case "boolean" when !bool.TryParse(text, out _):
            case "integer" when !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _):
                report(path, $"is '{text}', not of type '{parameter.Text("type")}'");
                break;
            case "integer":
                ValidateNumber(parameter, double.Parse(text, CultureInfo.InvariantCulture), path);
                break;
            default:
                ValidateText(parameter, text, path);
                break;
        }
    }

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && double.IsInteger(value.GetDouble()),
        _ => true,
    };

    private void ValidateObject(ObjectShape declared, JsonElement value, string path)
    {
        ObjectShape shape = declared;
        if (declared.Discriminator is { } discriminator && value.TryGetProperty(discriminator, out JsonElement word) && word.ValueKind == JsonValueKind.String)
        {
            if (documents.Subtype(declared, word.GetString()!) is not { } subtype)
            {
                report($"{path}.{discriminator}", $"is '{word.GetString()}', which no subtype is called");
                return;
            }

            shape = subtype;
        }

        foreach (string name in shape.Required.Where(name => !value.TryGetProperty(name, out _) && !IsForTheOtherSide(shape.Properties.GetValueOrDefault(name))))
        {
            report($"{path}.{name}", "is required and missing");
        }

        foreach (JsonProperty member in value.EnumerateObject())
        {
            string where = $"{path}.{member.Name}";
            if (shape.Properties.TryGetValue(member.Name, out OpenApiSchema property))
            {
                if (IsForTheOtherSide(property))
                {
                    report(where, direction == Direction.Response ? "is only for requests" : "is not for this side to set");
                }
                else if (member.Value.ValueKind != JsonValueKind.Null || direction != Direction.Response || shape.Required.Contains(member.Name))
                {
                    Validate(property, member.Value, where);
                }
            }
            else if (shape.Additional is { } additional && !shape.IsOpen)
            {
                Validate(additional, member.Value, $"{path}.*");
            }
            else if (!shape.IsOpen)
            {
                report(where, "is not in the document");
            }
        }
    }

    private bool IsForTheOtherSide(OpenApiSchema property)
    {
        if (property.Element.ValueKind == JsonValueKind.Undefined)
        {
            return false;
        }

        string[] mutability = property.Texts("x-ms-mutability");
        return direction == Direction.Response ? mutability.Length > 0 && !mutability.Contains("read")
            : property.Is("readOnly") || documents.Resolve(property).Schema.Is("readOnly")
            || (mutability.Length > 0 && !mutability.Contains("update") && (direction == Direction.Update || !mutability.Contains("create")));
    }

    private void ValidateText(OpenApiSchema schema, string text, string path)
    {
        if (text.Length < schema.Number("minLength") || text.Length > schema.Number("maxLength"))
        {
            report(path, $"has {text.Length} characters");
        }

        if (schema.Text("pattern") is { } pattern && !Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, LongestMatch))
        {
            report(path, $"is '{text}', which does not match {pattern}");
        }

        if (schema.Text("format") is { } format && !IsWellFormed(format, text))
        {
            report(path, $"is '{text}', which is no {format}");
        }
    }

    private void ValidateNumber(OpenApiSchema schema, double number, string path)
    {
        if (number < schema.Number("minimum") || number > schema.Number("maximum")
            || (schema.Text("type") == "integer" && schema.Text("format") == "int32" && number is < int.MinValue or > int.MaxValue))
        {
            report(path, string.Create(CultureInfo.InvariantCulture, $"is {number}, out of range"));
        }
    }

    private static bool IsWellFormed(string format, string text)
    {
        switch (format)
        {
            case "date-time":
                return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) && text.Contains('T', StringComparison.Ordinal)
                    && (text[^1] == 'Z' || text[^6] is '+' or '-');
            case "duration":
                try
                {
                    XmlConvert.ToTimeSpan(text);
                    return true;
                }
                catch (FormatException)
                {
                    return false;
                }

            case "uuid":
                return Guid.TryParseExact(text, "D", out _);
            case "uri" or "url":
                return Uri.TryCreate(text, UriKind.Absolute, out _);
            case "arm-id":
                return text.StartsWith('/');
            default:
                return true;
        }
    }
}
