using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

/// <summary>An answer of the simulator: status, headers and JSON.</summary>
internal sealed record Answer(int Status, HttpResponseHeaders Headers, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text) ?? throw new InvalidOperationException($"{Status}: the body is the literal null.");

    /// <summary>The value at a path such as <c>properties.properties.vmSize</c>; names with dots are not reached.</summary>
    public JsonNode? At(string path) => path.Split('.').Aggregate<string, JsonNode?>(
        Json, (node, part) => node is JsonArray array ? array[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)] : node?[part]);

    public string? TextAt(string path) => At(path)?.GetValue<string>();

    public string Header(string name) => Headers.GetValues(name).Single();
}
