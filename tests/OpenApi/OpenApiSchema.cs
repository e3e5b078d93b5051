using System.Text.Json;

namespace FineTune.OpenApi;

/// <summary>A piece of a document, and the file that its references start from.</summary>
internal readonly record struct OpenApiSchema(JsonElement Element, string File)
{
    /// <summary>A member, if there is one.</summary>
    public OpenApiSchema? Find(string member) =>
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(member, out JsonElement value) ? this with { Element = value } : null;

    /// <summary>The text of a member.</summary>
    public string? Text(string member) => Find(member)?.Element is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>Whether a member is true.</summary>
    public bool Is(string member) => Find(member)?.Element.ValueKind == JsonValueKind.True;

    /// <summary>The number of a member.</summary>
    public double? Number(string member) => Find(member)?.Element is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    /// <summary>The texts of a list.</summary>
    public string[] Texts(string member) => Find(member)?.Element is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(item => item.GetString()!)] : [];
}
