using System.Text.Json;
using Azure;

namespace FineTune.AzureMachineLearning.Pipeline;

/// <summary>A list of the service: pages of <c>value</c>, each followed by the address of the next in <c>nextLink</c>, which is taken verbatim.</summary>
/// <param name="pipeline">Sends the requests.</param>
/// <param name="firstUrl">The first page's address; asked when the list is first read.</param>
/// <param name="read">Reads an item.</param>
/// <param name="cancellationToken">Stops all requests.</param>
internal sealed class PagedList<T>(
    ServicePipeline pipeline, Func<CancellationToken, ValueTask<string>> firstUrl, Func<JsonElement, T> read, CancellationToken cancellationToken)
    : AsyncPageable<T>(cancellationToken)
    where T : notnull
{
    /// <inheritdoc/>
    /// <remarks>A page's continuation token is the next page's address. The service decides how long a page is.</remarks>
    public override async IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null)
    {
        // A next page that was seen before would never end.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? next = continuationToken ?? await firstUrl(CancellationToken);
        while (!string.IsNullOrEmpty(next) && seen.Add(next))
        {
            ServiceAnswer answer = await pipeline.GetAsync(next, acceptNotFound: false, CancellationToken);
            next = answer.Json.At("nextLink").Text();
            yield return Page<T>.FromValues([.. answer.Json.At("value").Items().Select(read)], string.IsNullOrEmpty(next) ? null : next, answer.Response!);
        }
    }
}
