using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace FineTune.Api;

/// <summary>Whether the host is alive, and what of it is up.</summary>
internal static class HealthEndpoints
{
    private static readonly string Version = typeof(HealthEndpoints).Assembly.GetName().Version!.ToString(3);

    public static void MapHealth(this IEndpointRouteBuilder routes) => routes.MapGet("/api/health", Show);

    private static JsonHttpResult<HealthReport> Show(IHostReadiness readiness)
    {
        IReadOnlyList<PartReadiness> parts = readiness.Parts;
        return TypedResults.Json(
            new HealthReport(parts.All(part => part.Ready) ? "ready" : "starting", Version, parts), ApiJsonContext.Default.HealthReport);
    }
}
