using System.Text.Json.Nodes;
using FineTune.Simulator.Faults;
using FineTune.Simulator.Hosting;
using Microsoft.AspNetCore.Http.Extensions;

namespace FineTune.Simulator.Http;

/// <summary>A request as handlers see it: route and query values, the body as JSON, and the moment at which it is answered.</summary>
internal sealed class ServiceRequest(HttpContext context, JsonObject? body, DateTimeOffset now, FaultRule? fault)
{
    public DateTimeOffset Now { get; } = now;

    /// <summary>Identifies the request in logs and errors.</summary>
    public string RequestId { get; } = Guid.NewGuid().ToString();

    public string BaseUrl => $"{context.Request.Scheme}://{context.Request.Host}";

    /// <summary>Host and port of run history, MLflow and registry discovery: the same as here, or Azure's name for it if the client uses Azure's names.</summary>
    public string ApiHost(string region) => UsesAzureNames ? AzureHosts.ApiOf(region) : context.Request.Host.ToString();

    /// <summary>Address of run history, MLflow and registry discovery.</summary>
    public string ApiUrl(string region) => $"{context.Request.Scheme}://{ApiHost(region)}";

    /// <summary>Whether the client came through the proxy, under one of Azure's own host names.</summary>
    public bool UsesAzureNames => AzureHosts.IsServed(context.Request.Host.Host);

    public IHeaderDictionary Headers => context.Request.Headers;

    public string? ApiVersion => Query("api-version");

    public CancellationToken Aborted => context.RequestAborted;

    public bool HasBody => body is not null;

    /// <exception cref="ServiceException">There is none.</exception>
    public JsonObject Body => body ?? throw ServiceException.BadRequest("The request body is missing.");

    public string Route(string name) => (string)context.Request.RouteValues[name]!;

    public string? Query(string name) => context.Request.Query.TryGetValue(name, out var values) && values.Count > 0 ? values[0] : null;

    /// <summary>The planned fault of this request, if it is of one of the given kinds.</summary>
    public FaultRule? Fault(params ReadOnlySpan<FaultKind> kinds) => fault is not null && kinds.Contains(fault.Kind) ? fault : null;

    /// <summary>This request's address with one query parameter replaced.</summary>
    public string UrlWith(string parameter, string value)
    {
        QueryBuilder query = [];
        foreach (var pair in context.Request.Query)
        {
            if (!pair.Key.Equals(parameter, StringComparison.OrdinalIgnoreCase))
            {
                query.Add(pair.Key, (IEnumerable<string>)pair.Value!);
            }
        }

        query.Add(parameter, value);
        return BaseUrl + context.Request.Path.ToUriComponent() + query.ToQueryString();
    }
}
