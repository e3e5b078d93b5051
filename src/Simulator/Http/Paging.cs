using System.Globalization;
using System.Text.Json.Nodes;

namespace FineTune.Simulator.Http;

/// <summary>Cuts lists into pages by <c>$skip</c>, <c>$top</c> and <c>count</c>, with the next page's address in <c>nextLink</c>.</summary>
internal static class Paging
{
    public static ServiceResponse Page<T>(ServiceRequest request, IEnumerable<T> items, int pageSize, Func<T, JsonNode> show)
    {
        int skip = Number(request, "$skip", 0);
        int wanted = Math.Min(Number(request, "$top", int.MaxValue), Number(request, "count", int.MaxValue));
        int size = Math.Min(pageSize, wanted);
        JsonArray value = [];
        bool more = false;
        foreach (T item in items.Skip(skip))
        {
            if (value.Count == size)
            {
                more = true;
                break;
            }

            value.Add(show(item));
        }

        JsonObject body = new() { ["value"] = value };

        // A caller who said how many he wants does not get a way to more.
        body["nextLink"] = more && wanted > size ? request.UrlWith("$skip", (skip + size).ToString(CultureInfo.InvariantCulture)) : null;
        return ServiceResponse.Ok(body);
    }

    private static int Number(ServiceRequest request, string name, int otherwise) => request.Query(name) switch
    {
        null => otherwise,
        { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) => number,
        { } text => throw ServiceException.BadRequest($"The query parameter {name} has to be a number of at least 0; it is '{text}'."),
    };
}
