using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FineTune.Api;

/// <summary>
/// The HTTP surface. The host's services must hold <see cref="Workflow.Runs.RunClient"/>, <see cref="Workflow.Runs.DatasetIntakeOptions"/>
/// (for the default request), <see cref="Workflow.Ports.IRunRecords"/> and <see cref="IHostReadiness"/>.
/// </summary>
public static class FineTuneApi
{
    /// <summary>Maps everything below <c>/api</c>.</summary>
    /// <param name="routes">The host's routes.</param>
    /// <param name="policies">The host's authorization policies; none when null.</param>
    /// <returns>The same routes.</returns>
    public static IEndpointRouteBuilder MapFineTuneApi(this IEndpointRouteBuilder routes, ApiPolicies? policies = null)
    {
        policies ??= new ApiPolicies();
        routes.MapHealth();
        routes.MapRuns(policies);
        routes.MapRunCommands(policies);
        routes.MapRunRecords(policies);
        return routes;
    }

    /// <summary>Gives a body to answers that have none: no such address, no such method, a caller whom the host lets in nowhere.</summary>
    /// <param name="application">The host's pipeline, at its beginning.</param>
    /// <returns>The same pipeline.</returns>
    public static IApplicationBuilder UseFineTuneProblems(this IApplicationBuilder application) => application.Use(static async (context, next) =>
    {
        await next(context);
        if (context.Response is { HasStarted: false, ContentType: null } response && Problems.Bare(context.Request, response) is { } problem)
        {
            await problem.ExecuteAsync(context);
        }
    });

    internal static TBuilder Authorize<TBuilder>(this TBuilder builder, string? policy)
        where TBuilder : IEndpointConventionBuilder =>
        policy is null ? builder : builder.RequireAuthorization(policy);

    /// <summary>202, with where to ask and when.</summary>
    internal static IResult Accepted(HttpContext context, string runId)
    {
        string location = $"{context.Request.PathBase}/api/runs/{Uri.EscapeDataString(runId)}";
        context.Response.Headers.Location = location;
        context.Response.Headers.RetryAfter = ReadinessFilter.RetryAfter;
        return TypedResults.Json(
            new RunAccepted(runId, location), ApiJsonContext.Default.RunAccepted, statusCode: StatusCodes.Status202Accepted);
    }

    /// <summary>Who asks, as far as the host knows.</summary>
    internal static string? Caller(HttpContext context) =>
        context.User.Identity is { IsAuthenticated: true } identity ? identity.Name : null;
}
