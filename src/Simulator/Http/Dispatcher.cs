using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.Simulator.Faults;
using FineTune.Simulator.State;
using Microsoft.Extensions.Primitives;

namespace FineTune.Simulator.Http;

/// <summary>
/// The way of every request: planned fault, authentication, scope, handler, answer, request log. Handlers return their answer as a value, so
/// that a planned fault can cut the connection between "carried out" and "answered".
/// </summary>
internal sealed partial class Dispatcher(
    SimulatorOptions options,
    TimeProvider time,
    ResourceStore store,
    FaultInjector faults,
    RequestLog log,
    ILogger<Dispatcher> logger)
{
    private const int MostOfClientRequestId = 40;

    // As the service writes it: a plus sign in a time stays a plus sign. Nothing here ends up in a page.
    private static readonly JsonWriterOptions AnswerOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions BodyOptions = new() { AllowDuplicateProperties = false };

    /// <summary>A handler that reads or writes the store; it runs alone.</summary>
    public RequestDelegate Handle(ServicePlane plane, Func<ServiceRequest, ServiceResponse> handler, BodyShape? shape = null) => HandleAsync(
        plane,
        request =>
        {
            lock (store.Gate)
            {
                return ValueTask.FromResult(handler(request));
            }
        },
        shape);

    /// <summary>A handler that waits for something; it takes the store's gate itself where it needs it.</summary>
    public RequestDelegate HandleAsync(ServicePlane plane, Func<ServiceRequest, ValueTask<ServiceResponse>> handler, BodyShape? shape = null) =>
        context => DispatchAsync(context, plane, handler, shape);

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "A server answers 500, whatever went wrong in a handler.")]
    private async Task DispatchAsync(HttpContext context, ServicePlane plane, Func<ServiceRequest, ValueTask<ServiceResponse>> handler, BodyShape? shape)
    {
        HttpRequest http = context.Request;
        string path = http.Path.Value ?? "/";
        bool own = path == "/" || path.StartsWith("/simulator/", StringComparison.OrdinalIgnoreCase);
        FaultRule? fault = own ? null : faults.Next(http.Method, path);
        ServiceRequest request = new(context, null, time.GetUtcNow(), fault);
        ServiceResponse? response;
        try
        {
            if (fault is not null && await StrikeAsync(context, fault))
            {
                response = null;
            }
            else
            {
                Authorize(context, plane, request);
                JsonObject? body = await ReadBodyAsync(http, plane, context.RequestAborted);
                if (body is not null && options.Loose)
                {
                    shape?.Correct(body);
                }
                else if (body is not null)
                {
                    shape?.Check(body, request.ApiVersion);
                }

                request = new ServiceRequest(context, body, time.GetUtcNow(), fault);
                response = await handler(request);
            }
        }
        catch (ServiceException refusal)
        {
            response = Render(plane, refusal, request);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            response = null;
        }
        catch (Exception exception)
        {
            LogFailure(logger, exception, http.Method, path);
            response = Render(plane, new ServiceException(500, "InternalServerError", "The simulator failed: " + exception.Message), request);
        }

        bool cut = response is null || fault?.Kind == FaultKind.DropAfterApply;
        if (!own)
        {
            log.Write(request.Now, http.Method, path, cut ? 0 : response!.Status, fault?.Kind.ToString());
        }

        if (cut)
        {
            context.Abort();
            return;
        }

        await WriteAsync(context, plane, request, response!);
    }

    /// <summary>Carries out a fault of the transport. True if the request ends with it.</summary>
    private static async Task<bool> StrikeAsync(HttpContext context, FaultRule fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.Status:
                throw new ServiceException(
                    fault.StatusCode,
                    fault.ErrorCode ?? fault.StatusCode switch
                    {
                        409 => "Conflict",
                        429 => "TooManyRequests",
                        500 => "InternalServerError",
                        503 => "ServiceUnavailable",
                        _ => "ServiceError",
                    },
                    fault.Message ?? "A planned fault of the simulator.",
                    retryAfterSeconds: fault.RetryAfterSeconds);
            case FaultKind.Timeout:
                await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);
                return true;
            case FaultKind.Drop:
                return true;
            default:
                return false;
        }
    }

    private void Authorize(HttpContext context, ServicePlane plane, ServiceRequest request)
    {
        if (plane is ServicePlane.Open or ServicePlane.Scoring)
        {
            return;
        }

        StringValues authorization = context.Request.Headers.Authorization;
        const string scheme = "Bearer ";
        if (authorization.Count != 1 || !authorization[0]!.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) || authorization[0]!.Length == scheme.Length)
        {
            throw new ServiceException(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing or is not a bearer token.");
        }

        if (plane == ServicePlane.ResourceManager && string.IsNullOrEmpty(request.ApiVersion))
        {
            throw new ServiceException(400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.");
        }

        RouteValueDictionary values = context.Request.RouteValues;
        Require(values, "subscriptionId", options.SubscriptionId, "SubscriptionNotFound", "subscription");
        Require(values, "resourceGroupName", options.ResourceGroup, "ResourceGroupNotFound", "resource group");
        Require(values, "workspaceName", options.WorkspaceName, "ResourceNotFound", "workspace");
        Require(values, "location", options.Location, "NoRegisteredProviderFound", "location");
    }

    private static void Require(RouteValueDictionary values, string name, string expected, string code, string what)
    {
        if (values.TryGetValue(name, out object? value) && !expected.Equals((string?)value, StringComparison.OrdinalIgnoreCase))
        {
            throw new ServiceException(404, code, $"The {what} '{value}' could not be found. This simulator has '{expected}'.");
        }
    }

    private async ValueTask<JsonObject?> ReadBodyAsync(HttpRequest request, ServicePlane plane, CancellationToken cancellationToken)
    {
        if ((plane == ServicePlane.Open && request.HasFormContentType) || request.ContentLength is 0 || (request.ContentLength is null && !request.Headers.ContainsKey("Transfer-Encoding")))
        {
            return null;
        }

        if (plane == ServicePlane.ResourceManager && !options.Loose && !request.HasJsonContentType())
        {
            throw new ServiceException(
                415, "UnsupportedMediaType", $"The content media type '{request.ContentType}' is not supported. Only 'application/json' is supported.");
        }

        try
        {
            JsonNode? node = await JsonNode.ParseAsync(request.Body, documentOptions: BodyOptions, cancellationToken: cancellationToken);
            return node switch
            {
                null => null,
                JsonObject body => body,
                _ => throw ServiceException.BadRequest("The request body has to be a JSON object."),
            };
        }
        catch (JsonException exception)
        {
            throw ServiceException.BadRequest(
                string.Create(CultureInfo.InvariantCulture, $"The request body is not valid JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1})."));
        }
    }

    private ServiceResponse Render(ServicePlane plane, ServiceException refusal, ServiceRequest request)
    {
        JsonObject body = plane switch
        {
            ServicePlane.Mlflow => ErrorBodies.Mlflow(refusal),
            ServicePlane.DataPlane => ErrorBodies.DataPlane(refusal, request, options.Location),
            ServicePlane.Scoring => new JsonObject { ["message"] = refusal.Message },
            _ => ErrorBodies.ResourceManager(refusal, request, options.Location),
        };
        ServiceResponse response = new ServiceResponse(refusal.Status, body).With("x-ms-response-type", "error");
        if (refusal.Status == 401)
        {
            response.With("WWW-Authenticate", "Bearer");
        }

        return refusal.RetryAfterSeconds is { } seconds
            ? response.With("Retry-After", seconds.ToString(CultureInfo.InvariantCulture))
            : response;
    }

    private async Task WriteAsync(HttpContext context, ServicePlane plane, ServiceRequest request, ServiceResponse response)
    {
        HttpResponse http = context.Response;
        http.StatusCode = response.Status;
        http.Headers["x-request-id"] = request.RequestId;
        http.Headers["x-ms-request-id"] = request.RequestId;
        if (context.Request.Headers["x-ms-client-request-id"] is { Count: 1 } clientId && clientId[0] is { Length: > 0 and <= MostOfClientRequestId } known)
        {
            http.Headers["x-ms-client-request-id"] = known;
        }

        if (plane == ServicePlane.ResourceManager)
        {
            string kind = context.Request.Method switch { "GET" => "reads", "DELETE" => "deletes", _ => "writes" };
            http.Headers["x-ms-correlation-request-id"] = request.RequestId;
            http.Headers["x-ms-routing-request-id"] = string.Create(
                CultureInfo.InvariantCulture, $"{options.Location.ToUpperInvariant()}:{request.Now:yyyyMMdd'T'HHmmss'Z'}:{request.RequestId}");
            http.Headers["x-ms-ratelimit-remaining-subscription-" + kind] = "11999";
        }

        foreach (KeyValuePair<string, string> header in response.Headers)
        {
            http.Headers[header.Key] = header.Value;
        }

        if (response.Page is { } page)
        {
            http.ContentType = "text/html; charset=utf-8";
            http.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
            http.Headers.XContentTypeOptions = "nosniff";
            await http.WriteAsync(page, context.RequestAborted);
            return;
        }

        if (response.Body is null && !response.IsNullLiteral)
        {
            return;
        }

        http.ContentType = "application/json; charset=utf-8";
        await using Utf8JsonWriter writer = new(http.BodyWriter, AnswerOptions);
        if (response.Body is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            response.Body.WriteTo(writer);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogFailure(ILogger logger, Exception exception, string method, string path);
}
