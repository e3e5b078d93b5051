using System.Globalization;
using System.Text.Json.Nodes;

namespace FineTune.Simulator.Http;

/// <summary>Times as the service writes them.</summary>
internal static class Stamp
{
    public static string Of(DateTimeOffset time) => time.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);

    public static JsonNode? OrNull(DateTimeOffset? time) => time is { } value ? Of(value) : null;
}
