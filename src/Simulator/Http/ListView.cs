namespace FineTune.Simulator.Http;

/// <summary>The query parameter <c>listViewType</c>: active items only unless it says otherwise.</summary>
internal static class ListView
{
    public static IEnumerable<T> Filter<T>(ServiceRequest request, IEnumerable<T> items, Func<T, bool> isArchived)
    {
        string view = request.Query("listViewType") ?? "ActiveOnly";
        return view.ToUpperInvariant() switch
        {
            "ACTIVEONLY" => items.Where(item => !isArchived(item)),
            "ARCHIVEDONLY" => items.Where(isArchived),
            "ALL" => items,
            _ => throw ServiceException.BadRequest($"listViewType '{view}' is not one of ActiveOnly, ArchivedOnly, All."),
        };
    }
}
