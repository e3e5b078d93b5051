using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.Workflow.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FineTune.Api;

/// <summary>
/// The webhook that Event Grid tells of jobs (schema "Event Grid", learn.microsoft.com/azure/event-grid/webhook-event-delivery). An
/// event decides nothing: the run that it names looks at its job at once instead of at its next poll.
/// </summary>
public static class JobEventEndpoints
{
    /// <summary>The webhook's path.</summary>
    public const string Path = "/api/events/jobs";

    private const string ValidationType = "Microsoft.EventGrid.SubscriptionValidationEvent";

    // What Event Grid delivers in one request at most.
    private const int MaxBytes = 1024 * 1024;

    /// <summary>Maps the webhook, for hosts that are told of jobs by HTTP. The host's services must hold <see cref="JobEvents"/>.</summary>
    /// <param name="routes">The host's routes.</param>
    /// <returns>The same routes.</returns>
    public static IEndpointRouteBuilder MapJobEvents(this IEndpointRouteBuilder routes)
    {
        routes.MapPost(Path, HandleAsync).RequireParts(HostParts.Engine);
        return routes;
    }

    private static async Task<IResult> HandleAsync(HttpContext context, JobEvents jobs, CancellationToken cancellationToken)
    {
        RequestBody body = await RequestBody.ReadAsync(context.Request, cancellationToken, MaxBytes);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        JsonElement[] events;
        try
        {
            events = JsonElement.Parse(body.Content.Span) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];
        }
        catch (JsonException)
        {
            events = [];
        }

        if (events.Length == 0)
        {
            return Problems.Invalid("$", "Must be an array of events in Event Grid's schema.");
        }

        if (ValidationCode(events[0]) is { } code)
        {
            // The handshake: whoever answers with the code has the webhook.
            return TypedResults.Text(new JsonObject { ["validationResponse"] = code }.ToJsonString(), "application/json");
        }

        foreach (JobChange change in events.Select(JobChange.Read).OfType<JobChange>())
        {
            await jobs.HandleChangeAsync(change.JobName, cancellationToken);
        }

        // Events that are none of ours as well: refused, they would be sent again for a day.
        return TypedResults.Ok();
    }

    private static string? ValidationCode(JsonElement first) =>
        first.ValueKind == JsonValueKind.Object
        && first.TryGetProperty("eventType", out JsonElement type) && type.ValueEquals(ValidationType)
        && first.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.Object
        && data.TryGetProperty("validationCode", out JsonElement code) && code.ValueKind == JsonValueKind.String
            ? code.GetString()
            : null;
}
