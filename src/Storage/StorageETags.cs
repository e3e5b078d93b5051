using Azure;

namespace FineTune.Storage;

/// <summary>ETags as they are kept in contracts.</summary>
internal static class StorageETags
{
    /// <summary>An ETag without quotes: listings give it so, single answers with quotes. As a condition both mean the same.</summary>
    /// <param name="etag">From a listing or an answer.</param>
    /// <returns>Its value; empty when there is none.</returns>
    public static string Plain(ETag? etag) => etag.GetValueOrDefault().ToString().Trim('"');
}
