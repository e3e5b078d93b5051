using System.Globalization;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTune.Api;

/// <summary>Every error that this API answers with.</summary>
internal static class Problems
{
    public static IResult Invalid(IReadOnlyList<FieldError> errors) => Of(new ApiProblem
    {
        Status = StatusCodes.Status400BadRequest,
        Title = "The request is not valid.",
        Code = "RequestInvalid",
        Detail = errors.Count == 1 ? errors[0].ToString() : $"{errors.Count.ToString(CultureInfo.InvariantCulture)} fields are wrong; all are listed.",
        NextStep = "Correct every field listed and send it again. docs/run-request.md describes the fields of a run's request, docs/local-host.md those of the other calls.",
        Errors = errors,
    });

    public static IResult Invalid(string path, string message) => Invalid([new FieldError(path, message)]);

    /// <summary>What a status without a body means; null for one that needs none.</summary>
    public static IResult? Bare(HttpRequest request, HttpResponse response) => response.StatusCode switch
    {
        StatusCodes.Status403Forbidden => Of(new ApiProblem
        {
            Status = StatusCodes.Status403Forbidden,
            Title = "The caller may not use this host.",
            Code = "NotFromHere",
            Detail = $"It was called as '{request.Host}'{(request.Headers.Origin.Count == 0 ? "" : $" by a page of '{request.Headers.Origin}'")}.",
            NextStep = "Call it as 127.0.0.1 or localhost, from a program on this machine: without sign-in it answers nobody else.",
        }),
        StatusCodes.Status404NotFound => Of(new ApiProblem
        {
            Status = StatusCodes.Status404NotFound,
            Title = "There is no such address.",
            Code = "NoSuchAddress",
            Detail = $"Nothing is at {request.Path}.",
            NextStep = "docs/local-host.md lists all calls; GET /api/runs is the first one to try.",
        }),
        StatusCodes.Status405MethodNotAllowed => Of(new ApiProblem
        {
            Status = StatusCodes.Status405MethodNotAllowed,
            Title = "This address does not take this method.",
            Code = "MethodNotAllowed",
            Detail = $"{request.Path} takes {response.Headers.Allow}, not {request.Method}.",
            NextStep = "Use a method of the header Allow. docs/local-host.md lists all calls.",
        }),
        _ => null,
    };

    public static IResult NoSuchRun(string runId) => Of(new ApiProblem
    {
        Status = StatusCodes.Status404NotFound,
        Title = "There is no such run.",
        Code = "RunNotFound",
        Detail = $"No run has the id '{runId}'.",
        NextStep = "GET /api/runs lists the runs that there are.",
    });

    public static IResult NoSuchRecord(string runId, string name) => Of(new ApiProblem
    {
        Status = StatusCodes.Status404NotFound,
        Title = "There is no such record.",
        Code = "RecordNotFound",
        Detail = $"The run '{runId}' has no record '{name}'.",
        NextStep = $"Records are written as a run goes on: {string.Join(", ", RunRecordEndpoints.ContentTypes.Keys)}.",
    });

    public static IResult Conflict(string code, string detail, string nextStep) => Of(new ApiProblem
    {
        Status = StatusCodes.Status409Conflict,
        Title = "The request contradicts how things stand.",
        Code = code,
        Detail = detail,
        NextStep = nextStep,
    });

    public static IResult TooLarge(int limit) => Of(new ApiProblem
    {
        Status = StatusCodes.Status413PayloadTooLarge,
        Title = "The request is too large.",
        Code = "RequestTooLarge",
        Detail = string.Create(CultureInfo.InvariantCulture, $"A body may have {limit:N0} bytes."),
        NextStep = "A request names its dataset; it does not carry it. Upload the data to the container datasets first.",
    });

    public static IResult NotJson() => Of(new ApiProblem
    {
        Status = StatusCodes.Status415UnsupportedMediaType,
        Title = "The request is not JSON.",
        Code = "NotJson",
        Detail = "The body's media type must be application/json.",
        NextStep = "Send the header Content-Type: application/json.",
    });

    public static IResult NotSignedIn() => Of(new ApiProblem
    {
        Status = StatusCodes.Status401Unauthorized,
        Title = "Nobody is signed in.",
        Code = "NotSignedIn",
        Detail = "This host wants to know who calls.",
        NextStep = "Sign in with Entra ID and send the access token in the header Authorization: Bearer.",
    });

    public static IResult RoleMissing(string? role) => Of(new ApiProblem
    {
        Status = StatusCodes.Status403Forbidden,
        Title = "The caller may not do this.",
        Code = "RoleMissing",
        Detail = $"It needs the app role {role}.",
        NextStep = "Ask whoever administers the app registration to assign you the role.",
    });

    public static IResult NotReady(PartReadiness part) => Of(new ApiProblem
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Title = "The host is not ready yet.",
        Code = "HostNotReady",
        Detail = part.Detail is null ? $"The {part.Name} is not up yet." : $"The {part.Name} is not up yet: {part.Detail}",
        NextStep = "Try again after the time in Retry-After. GET /api/health tells what is up.",
    });

    public static IResult Upstream(UpstreamException error) => Of(new ApiProblem
    {
        Status = error.Kind is OutcomeKind.Transient ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status502BadGateway,
        Title = "A service that this host needs did not do its part.",
        Code = error.Failure.Code,
        Detail = error.Failure.Message,
        NextStep = error.Failure.NextStep,
    });

    private static JsonHttpResult<ApiProblem> Of(ApiProblem problem) =>
        TypedResults.Json(problem, ApiJsonContext.Default.ApiProblem, "application/problem+json", problem.Status);
}
