using System.Collections.Frozen;
using FineTune.Workflow.Activities;
using FineTune.Workflow.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FineTune.Api;

/// <summary>What a run leaves for people to read.</summary>
internal static class RunRecordEndpoints
{
    private const int MaxRunIdLength = 100;

    /// <summary>The records that are shown; the type is ours, not what a blob says of itself.</summary>
    public static FrozenDictionary<string, string> ContentTypes { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [RunRecordNames.ReportPage] = "text/html; charset=utf-8",
        [RunRecordNames.Report] = "application/json",
        [RunRecordNames.DatasetReport] = "application/json",
        [RunRecordNames.DatasetReportPage] = "text/html; charset=utf-8",
        [RunRecordNames.Manifest] = "application/json",
        [RunRecordNames.Metrics] = "application/json",
        [RunRecordNames.SmokeTest] = "application/json",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static void MapRunRecords(this IEndpointRouteBuilder routes, ApiPolicies policies) =>
        routes.MapGet("/api/runs/{runId}/records/{name}", ShowAsync).RequireParts(HostParts.Storage).Authorize(policies.Read);

    private static async Task<IResult> ShowAsync(HttpContext context, string runId, string name, CancellationToken cancellationToken)
    {
        // Not a parameter: those are made before the filter has seen whether storage is up.
        var records = (IRunRecords)context.RequestServices.GetService(typeof(IRunRecords))!;
        if (!IsRunId(runId))
        {
            return Problems.NoSuchRun(runId);
        }

        if (!ContentTypes.TryGetValue(name, out string? contentType)
            || await records.OpenAsync(runId, name, cancellationToken) is not { } record)
        {
            return Problems.NoSuchRecord(runId, name);
        }

        // Reports quote data that others wrote: nothing in them may run, load or be taken for something else.
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";
        headers.CacheControl = "no-store";
        return TypedResults.Stream(record.Content, contentType);
    }

    private static bool IsRunId(string runId) =>
        runId.Length <= MaxRunIdLength && runId.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
