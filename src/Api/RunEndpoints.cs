using System.Globalization;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using FineTune.Workflow.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace FineTune.Api;

/// <summary>Starting and following runs.</summary>
internal static class RunEndpoints
{
    private const string IdempotencyKey = "Idempotency-Key";
    private const int MaxKeyLength = 255;

    public static void MapRuns(this IEndpointRouteBuilder routes, ApiPolicies policies)
    {
        RouteGroupBuilder group = routes.MapGroup("/api/runs");
        group.MapPost("", StartAsync).RequireParts(HostParts.Engine, HostParts.Storage).Authorize(policies.Submit);
        group.MapGet("", ListAsync).RequireParts(HostParts.Engine).Authorize(policies.Read);
        group.MapGet("/{runId}", ShowAsync).RequireParts(HostParts.Engine).Authorize(policies.Read);
    }

    private static async Task<IResult> StartAsync(
        HttpContext context, RunClient runs, DatasetIntakeOptions options, CancellationToken cancellationToken)
    {
        RequestBody body = await RequestBody.ReadAsync(context.Request, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        StringValues key = context.Request.Headers[IdempotencyKey];
        var errors = new List<FieldError>();
        if (key.Count > 1 || (key is [{ } text] && (text.Length is 0 or > MaxKeyLength || text.Any(c => c is < ' ' or > '~'))))
        {
            errors.Add(new FieldError(IdempotencyKey, $"Must be one header of 1 to {MaxKeyLength} printable ASCII characters."));
        }

        RunRequestReadResult read = RunRequestReader.Read(body.Content.Span, options.DefaultRequest, datasetPathRequired: true);
        if (read.Request is null || errors.Count > 0)
        {
            return Problems.Invalid([.. errors, .. read.Errors]);
        }

        RunStart start = await runs.StartAsync(read.Request, key.Count == 0 ? null : key.ToString(), FineTuneApi.Caller(context), cancellationToken);
        return start.Outcome == RunStartOutcome.KeyUsedForAnotherRequest
            ? Problems.Conflict(
                "IdempotencyKeyReused",
                $"The {IdempotencyKey} belongs to the run '{start.RunId}', which was started with another request.",
                "Use a new key for a new request.")
            : FineTuneApi.Accepted(context, start.RunId);
    }

    private static async Task<IResult> ListAsync(HttpContext context, RunClient runs, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        var states = new List<RunState>();
        foreach (string? word in context.Request.Query["state"])
        {
            if (Enum.TryParse(word, ignoreCase: true, out RunState state) && Enum.IsDefined(state) && !char.IsAsciiDigit(word![0]))
            {
                states.Add(state);
            }
            else
            {
                errors.Add(new FieldError("state", $"Must be one of {string.Join(", ", Enum.GetNames<RunState>())}, not '{word}'."));
            }
        }

        StringValues limits = context.Request.Query["limit"];
        var query = new RunQuery { States = states };
        if (limits.Count > 0)
        {
            if (int.TryParse(limits, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is >= 1 and <= RunQuery.MaxLimit)
            {
                query = query with { Limit = limit };
            }
            else
            {
                errors.Add(new FieldError("limit", $"Must be 1 to {RunQuery.MaxLimit}, not '{limits}'."));
            }
        }

        return errors.Count > 0
            ? Problems.Invalid(errors)
            : TypedResults.Json(new RunList(await runs.ListAsync(query, cancellationToken)), ApiJsonContext.Default.RunList);
    }

    private static async Task<IResult> ShowAsync(string runId, RunClient runs, CancellationToken cancellationToken) =>
        await runs.GetAsync(runId, cancellationToken) is { } run
            ? TypedResults.Json(run, ApiJsonContext.Default.RunStatus)
            : Problems.NoSuchRun(runId);
}
