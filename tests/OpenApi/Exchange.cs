using Microsoft.AspNetCore.WebUtilities;

namespace FineTune.OpenApi;

/// <summary>A request and its answer.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path, percent-encoded.</param>
/// <param name="Query">The query's names and values, decoded.</param>
/// <param name="RequestBody">The body sent.</param>
/// <param name="Status">The status answered.</param>
/// <param name="ResponseHeaders">The headers answered.</param>
/// <param name="ResponseBody">The body answered.</param>
public sealed record Exchange(
    string Method,
    string Path,
    IReadOnlyList<KeyValuePair<string, string>> Query,
    ReadOnlyMemory<byte> RequestBody,
    int Status,
    IReadOnlyDictionary<string, string> ResponseHeaders,
    ReadOnlyMemory<byte> ResponseBody)
{
    /// <summary>Whether the test says that the request is not as the documents say.</summary>
    public bool IsWrongOnPurpose { get; init; }

    /// <summary>A request without its answer.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="address">The whole address.</param>
    /// <param name="body">The body.</param>
    /// <returns>An exchange whose answer is empty.</returns>
    public static Exchange Sent(string method, Uri address, ReadOnlyMemory<byte> body) => new(
        method,
        address.AbsolutePath,
        [.. QueryHelpers.ParseQuery(address.Query).SelectMany(parameter => parameter.Value, (parameter, value) => KeyValuePair.Create(parameter.Key, value ?? ""))],
        body,
        0,
        new Dictionary<string, string>(),
        default);
}
