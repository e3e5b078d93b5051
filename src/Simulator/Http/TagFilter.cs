using System.Text.Json.Nodes;

namespace FineTune.Simulator.Http;

/// <summary>The query parameters <c>tag</c> and <c>tags</c>: names, or <c>name=value</c>, separated by commas; all have to match.</summary>
internal static class TagFilter
{
    public static bool Matches(string filter, JsonObject? tags)
    {
        foreach (string wanted in filter.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = wanted.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? wanted : wanted[..equals];
            if (tags is null || !tags.TryGetPropertyValue(name, out JsonNode? value)
                || (equals >= 0 && value?.GetValue<string>() != wanted[(equals + 1)..]))
            {
                return false;
            }
        }

        return true;
    }
}
