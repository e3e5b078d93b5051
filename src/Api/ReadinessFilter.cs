using FineTune.Workflow.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace FineTune.Api;

/// <summary>What every endpoint but health goes through: the parts it needs must be up, and a port that fails becomes a problem.</summary>
internal static class ReadinessFilter
{
    /// <summary>Seconds after which a caller may try again.</summary>
    public const string RetryAfter = "2";

    public static TBuilder RequireParts<TBuilder>(this TBuilder builder, params string[] parts)
        where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) =>
        {
            var readiness = (IHostReadiness)context.HttpContext.RequestServices.GetService(typeof(IHostReadiness))!;
            if (readiness.Parts.FirstOrDefault(part => !part.Ready && parts.Contains(part.Name)) is { } missing)
            {
                context.HttpContext.Response.Headers.RetryAfter = RetryAfter;
                return Problems.NotReady(missing);
            }

            try
            {
                return await next(context);
            }
            catch (UpstreamException error)
            {
                return Problems.Upstream(error);
            }
        });
}
