using System.Text.Json.Nodes;

namespace FineTune.EndToEnd.Tests;

/// <summary>What the simulated cloud says of itself.</summary>
/// <param name="JobStatuses">The status of each job.</param>
/// <param name="Models">Each model version.</param>
/// <param name="Endpoints">Each endpoint that is there.</param>
/// <param name="Requests">Each request that it was sent: method, path, status.</param>
internal sealed record CloudState(
    IReadOnlyList<string> JobStatuses,
    IReadOnlyList<string> Models,
    IReadOnlyList<string> Endpoints,
    IReadOnlyList<(string Method, string Path, int Status)> Requests)
{
    public static async Task<CloudState> ReadAsync(HttpClient http, Uri simulator)
    {
        JsonNode state = JsonNode.Parse(await http.GetStringAsync(new Uri(simulator, "/simulator/state")))!;
        JsonNode log = JsonNode.Parse(await http.GetStringAsync(new Uri(simulator, "/simulator/requests")))!;
        return new CloudState(
            [.. state["jobs"]!.AsArray().Select(job => (string)job!["status"]!)],
            [.. state["models"]!.AsArray().Select(model => $"{model!["name"]}:{model["version"]}")],
            [.. state["endpoints"]!.AsArray().Select(endpoint => (string)endpoint!["name"]!)],
            Read(log["value"]!.AsArray()));
    }

    /// <summary>Requests as the simulator's log on disk has them.</summary>
    public static IReadOnlyList<(string Method, string Path, int Status)> Read(IEnumerable<JsonNode?> log) =>
        [.. log.Select(entry => ((string)entry!["method"]!, (string)entry["path"]!, (int)entry["status"]!))];

    /// <summary>Paths of the resources that requests created in a collection.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="collection">The collection, such as <c>jobs</c>.</param>
    /// <param name="segments">Segments of the path after it: 1 for what is directly in it.</param>
    public static IReadOnlyList<string> Created(IEnumerable<(string Method, string Path, int Status)> requests, string collection, int segments = 1) =>
        [.. requests.Where(request => request is { Method: "PUT", Status: 201 } && IsIn(request.Path.Split('/'), collection, segments)).Select(request => request.Path)];

    private static bool IsIn(string[] path, string collection, int segments) =>
        path.Length > segments && path[^(segments + 1)] == collection;
}
