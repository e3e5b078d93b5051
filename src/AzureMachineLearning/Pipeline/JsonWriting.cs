using System.Text.Json.Nodes;

namespace FineTune.AzureMachineLearning.Pipeline;

/// <summary>Parts of bodies.</summary>
internal static class JsonWriting
{
    /// <summary>Names and texts as an object.</summary>
    public static JsonObject ToJson(this IReadOnlyDictionary<string, string> texts) =>
        new(texts.Select(text => KeyValuePair.Create<string, JsonNode?>(text.Key, text.Value)));
}
