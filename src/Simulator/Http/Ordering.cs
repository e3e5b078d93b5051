namespace FineTune.Simulator.Http;

/// <summary>The query parameter <c>$orderBy</c>, which orders by the time of creation: the youngest first unless it says <c>asc</c>.</summary>
internal static class Ordering
{
    public static IEnumerable<T> Apply<T>(ServiceRequest request, IEnumerable<T> items, Func<T, DateTimeOffset> createdAt)
    {
        string order = request.Query("$orderBy") ?? request.Query("orderBy") ?? "createdtime desc";
        return string.Join(' ', order.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToUpperInvariant() switch
        {
            "CREATEDTIME DESC" or "CREATEDATDESC" => items.OrderByDescending(createdAt),
            "CREATEDTIME ASC" or "CREATEDTIME" or "CREATEDATASC" => items.OrderBy(createdAt),
            _ => throw ServiceException.BadRequest($"$orderBy '{order}' is not supported; createdtime asc and createdtime desc are."),
        };
    }
}
