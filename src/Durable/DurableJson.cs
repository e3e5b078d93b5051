using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTune.Durable;

/// <summary>How inputs, outputs, events and statuses are written to history.</summary>
public static class DurableJson
{
    /// <summary>camelCase names, enums as words, nulls left out. Read-only.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            // A diverged training logs NaN, and history must be able to say so.
            NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        };
        options.Converters.Add(new JsonStringEnumConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
