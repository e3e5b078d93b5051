using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace FineTune.OpenApi;

/// <summary>
/// Holds exchanges against the documents and counts. A request is held against them when it was accepted: one that the service refused
/// was meant to be wrong, or was found out; then the refusal's own shape is what is checked. One that a test declares wrong on purpose
/// is not either. Thread-safe.
/// </summary>
public sealed class ContractCheck(OpenApiDocuments documents)
{
    private const string RegistryService = "/mferp/managementfrontend";

    // Addresses that the service gives and nobody builds; the documents leave them out.
    private static readonly string[] StatusSegments = ["/computeOperationsStatus/", "/mfeOperationsStatus/", "/mfeOperationResults/"];

    // Of another resource provider, with documents of its own.
    private const string Authorization = "/providers/Microsoft.Authorization/";

    private readonly ConcurrentDictionary<string, int> _violations = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _operations = new(StringComparer.Ordinal);
    private int _checked;
    private int _requests;
    private int _outside;

    /// <summary>How many exchanges were held against the documents.</summary>
    public int Checked => Volatile.Read(ref _checked);

    /// <summary>How many requests were held against them whose answers were no service's.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>How many the documents say nothing about: operations' states, other api-versions.</summary>
    public int Outside => Volatile.Read(ref _outside);

    /// <summary>What went against them, and how often.</summary>
    public IReadOnlyDictionary<string, int> Violations => _violations;

    /// <summary>The operations seen to succeed, and how often.</summary>
    public IReadOnlyDictionary<string, int> Operations => _operations;

    /// <summary>Checks both sides of an exchange.</summary>
    public void Check(Exchange exchange)
    {
        if (Find(exchange) is not { } operation)
        {
            return;
        }

        Interlocked.Increment(ref _checked);
        if (exchange.Status < 400)
        {
            _operations.AddOrUpdate(operation.Id, 1, (_, count) => count + 1);
            if (!exchange.IsWrongOnPurpose)
            {
                CheckRequest(operation, exchange);
            }
        }

        // A registry's own service, past Azure Resource Manager, refuses in a shape of its own.
        if (exchange.Status < 400 || !IsRegistry(exchange))
        {
            CheckResponse(operation, exchange);
        }
    }

    /// <summary>Checks a request alone, where the answer is not a service's.</summary>
    public void CheckRequest(Exchange exchange)
    {
        if (Find(exchange) is { } operation)
        {
            Interlocked.Increment(ref _requests);
            CheckRequest(operation, exchange);
        }
    }

    private static bool IsRegistry(Exchange exchange) => exchange.Path.StartsWith(RegistryService, StringComparison.OrdinalIgnoreCase);

    private static string PathOf(Exchange exchange) => IsRegistry(exchange) ? exchange.Path[RegistryService.Length..] : exchange.Path;

    private OpenApiOperation? Find(Exchange exchange)
    {
        string path = PathOf(exchange);
        OpenApiOperation? operation = documents.Find(exchange.Method, path);
        string? version = exchange.Query.FirstOrDefault(parameter => parameter.Key == "api-version").Value;
        bool isOfThisVersion = IsRegistry(exchange) || version == documents.Version;
        if (operation is not null && isOfThisVersion)
        {
            return operation;
        }

        Interlocked.Increment(ref _outside);
        if (operation is null && exchange.Status < 400 && !path.Contains(Authorization, StringComparison.OrdinalIgnoreCase)
            && !Array.Exists(StatusSegments, segment => path.Contains(segment, StringComparison.OrdinalIgnoreCase)))
        {
            Report($"{exchange.Method} {path}", "path", "is in no document, and was not refused");
        }

        return null;
    }

    private void CheckRequest(OpenApiOperation operation, Exchange exchange)
    {
        Direction direction = operation.Method == "PATCH" ? Direction.Update : Direction.Create;
        var validator = new SchemaValidator(documents, direction, (path, problem) => Report(operation.Id, "request " + path, problem));
        ILookup<string, OpenApiSchema> parameters = operation.Parameters.ToLookup(parameter => parameter.Text("in")!, StringComparer.Ordinal);
        foreach ((string name, string value) in operation.PathValues(PathOf(exchange)))
        {
            if (parameters["path"].FirstOrDefault(parameter => parameter.Text("name") == name) is { Element.ValueKind: JsonValueKind.Object } parameter)
            {
                validator.ValidateParameter(parameter, value, $"path {{{name}}}");
            }
        }

        foreach ((string name, string value) in exchange.Query)
        {
            if (parameters["query"].FirstOrDefault(parameter => parameter.Text("name") == name) is { Element.ValueKind: JsonValueKind.Object } parameter)
            {
                validator.ValidateParameter(parameter, value, "query " + name);
            }
            else
            {
                Report(operation.Id, "request query " + name, "is not in the document");
            }
        }

        foreach (OpenApiSchema parameter in parameters["query"].Where(parameter => parameter.Is("required") && exchange.Query.All(sent => sent.Key != parameter.Text("name"))))
        {
            Report(operation.Id, "request query " + parameter.Text("name"), "is required and missing");
        }

        OpenApiSchema? body = parameters["body"].Select(parameter => (OpenApiSchema?)parameter).FirstOrDefault();
        if (exchange.RequestBody.IsEmpty ? body?.Is("required") == true : body is null)
        {
            Report(operation.Id, "request body", exchange.RequestBody.IsEmpty ? "is required and missing" : "is not in the document");
        }
        else if (!exchange.RequestBody.IsEmpty)
        {
            validator.Validate(body!.Value.Find("schema")!.Value, JsonElement.Parse(exchange.RequestBody.Span), "$");
        }
    }

    private void CheckResponse(OpenApiOperation operation, Exchange exchange)
    {
        string status = exchange.Status.ToString(CultureInfo.InvariantCulture);
        if (operation.Response(exchange.Status) is not { } response)
        {
            Report(operation.Id, "response status", $"is {status}, which the document does not declare");
            return;
        }

        var validator = new SchemaValidator(documents, Direction.Response, (path, problem) => Report(operation.Id, "response " + path, problem));
        bool isEmpty = exchange.ResponseBody.IsEmpty || exchange.ResponseBody.Span.SequenceEqual("null"u8);
        if (response.Find("schema") is { } schema)
        {
            if (isEmpty)
            {
                Report(operation.Id, "response body", $"of {status} is missing");
            }
            else
            {
                validator.Validate(schema, JsonElement.Parse(exchange.ResponseBody.Span), "$");
            }
        }
        else if (!isEmpty)
        {
            Report(operation.Id, "response body", $"of {status} is not in the document");
        }

        foreach (JsonProperty header in response.Find("headers")?.Element.EnumerateObject() ?? default)
        {
            if (exchange.ResponseHeaders.TryGetValue(header.Name, out string? value))
            {
                validator.ValidateParameter(response with { Element = header.Value }, value, "header " + header.Name);
            }
        }

        if (operation.IsLongRunning && exchange.Status is 201 or 202
            && !exchange.ResponseHeaders.ContainsKey("Azure-AsyncOperation") && !exchange.ResponseHeaders.ContainsKey("Location"))
        {
            Report(operation.Id, "response headers", $"of {status} name no operation to ask about");
        }
    }

    private void Report(string operation, string path, string problem)
    {
        if (!KnownDeviations.Contains(operation, path, problem))
        {
            _violations.AddOrUpdate($"{operation}: {path} {problem}", 1, (_, count) => count + 1);
        }
    }
}
