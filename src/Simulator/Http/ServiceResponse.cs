using System.Text.Json.Nodes;

namespace FineTune.Simulator.Http;

/// <summary>An answer: status, JSON body and headers.</summary>
internal sealed class ServiceResponse(int status, JsonNode? body = null)
{
    public int Status { get; } = status;

    public JsonNode? Body { get; } = body;

    /// <summary>Whether the body is the JSON literal <c>null</c>, which some operations of the service answer, rather than empty.</summary>
    public bool IsNullLiteral { get; private init; }

    /// <summary>A page for people in place of JSON.</summary>
    public string? Page { get; private init; }

    public List<KeyValuePair<string, string>> Headers { get; } = [];

    public static ServiceResponse Ok(JsonNode body) => new(200, body);

    public static ServiceResponse Created(JsonNode body) => new(201, body);

    public static ServiceResponse Accepted() => new(202) { IsNullLiteral = true };

    public static ServiceResponse Html(string page) => new(200) { Page = page };

    public static ServiceResponse NoContent() => new(204);

    public ServiceResponse With(string header, string value)
    {
        Headers.Add(new(header, value));
        return this;
    }
}
