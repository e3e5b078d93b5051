using System.Globalization;
using System.Text.Json;

namespace FineTune.AzureMachineLearning.Pipeline;

/// <summary>
/// Reads of answers whose spelling is not always known: Azure ML's services disagree on camelCase, PascalCase and snake_case, and
/// on whether a number is a string. What is absent reads as nothing; callers say what they can't do without.
/// </summary>
internal static class JsonReading
{
    /// <summary>The value at a path of members; <see cref="JsonValueKind.Undefined"/> when any of them is absent.</summary>
    public static JsonElement At(this JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
        {
            element = element.Member(name);
        }

        return element;
    }

    /// <summary>A string, or a number or truth value as it is written; null for anything else.</summary>
    public static string? Text(this JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => element.GetRawText(),
        _ => null,
    };

    /// <summary>A number, also one written as a string (<c>"NaN"</c> and <c>"Infinity"</c> included).</summary>
    public static double? Number(this JsonElement element) =>
        double.TryParse(element.Text(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;

    /// <summary>A whole number, also one written as a string or with a fraction of zero.</summary>
    public static long? Integer(this JsonElement element) =>
        long.TryParse(element.Text(), NumberStyles.Integer, CultureInfo.InvariantCulture, out long value) ? value
        : element.Number() is { } number && Math.Abs(number) < long.MaxValue ? (long)number
        : null;

    /// <summary>A truth value, also one written as a string in any case; false when absent.</summary>
    public static bool IsTrue(this JsonElement element) => string.Equals(element.Text(), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>An array's items; none when it is not an array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : Enumerable.Empty<JsonElement>();

    /// <summary>An object's members; none when it is not an object.</summary>
    public static IEnumerable<JsonProperty> Members(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : Enumerable.Empty<JsonProperty>();

    /// <summary>An object as names and texts; what is neither string, number nor truth value stays as JSON.</summary>
    public static IReadOnlyDictionary<string, string> Texts(this JsonElement element)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty member in element.Members().Where(member => member.Value.ValueKind != JsonValueKind.Null))
        {
            texts[member.Name] = member.Value.Text() ?? member.Value.GetRawText();
        }

        return texts;
    }

    private static JsonElement Member(this JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        if (element.TryGetProperty(name, out JsonElement value))
        {
            return value;
        }

        foreach (JsonProperty member in element.EnumerateObject())
        {
            if (IsSameName(member.Name, name))
            {
                return member.Value;
            }
        }

        return default;
    }

    // Case, underscores and dashes aside.
    private static bool IsSameName(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        int i = 0, j = 0;
        while (true)
        {
            while (i < left.Length && left[i] is '_' or '-')
            {
                i++;
            }

            while (j < right.Length && right[j] is '_' or '-')
            {
                j++;
            }

            if (i == left.Length || j == right.Length)
            {
                return i == left.Length && j == right.Length;
            }

            if (char.ToUpperInvariant(left[i++]) != char.ToUpperInvariant(right[j++]))
            {
                return false;
            }
        }
    }
}
