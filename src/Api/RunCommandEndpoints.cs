using FineTune.Workflow.Contracts;
using FineTune.Workflow.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FineTune.Api;

/// <summary>A person's orders to a run. 202 when handed over, 404 when there is no such run, 409 when it is too late or too early.</summary>
internal static class RunCommandEndpoints
{
    private const int MaxTextLength = 500;
    private static readonly TimeSpan MinExtension = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxExtension = TimeSpan.FromDays(30);

    private delegate Task<RunCommandResult> Give(RunClient runs, string runId, RunCommand command, CancellationToken cancellationToken);

    public static void MapRunCommands(this IEndpointRouteBuilder routes, ApiPolicies policies)
    {
        RouteGroupBuilder group = routes.MapGroup("/api/runs/{runId}").RequireParts(HostParts.Engine);
        group.MapPost("/cancel", CancelAsync).Authorize(policies.Submit);
        group.MapPost("/approve", ApproveAsync).Authorize(policies.Approve);
        group.MapPost("/extend", ExtendAsync).Authorize(policies.Administer);
        group.MapPost("/keep", KeepAsync).Authorize(policies.Administer);
        group.MapPost("/teardown", TearDownAsync).Authorize(policies.Administer);
    }

    private static Task<IResult> CancelAsync(HttpContext context, string runId, RunClient runs, CancellationToken cancellationToken) =>
        CommandAsync(context, runId, runs, static (runs, id, command, token) => runs.CancelAsync(id, command, token), "", cancellationToken);

    private static Task<IResult> KeepAsync(HttpContext context, string runId, RunClient runs, CancellationToken cancellationToken) =>
        CommandAsync(context, runId, runs, static (runs, id, command, token) => runs.KeepAsync(id, command, token), WhileServing, cancellationToken);

    private static Task<IResult> TearDownAsync(HttpContext context, string runId, RunClient runs, CancellationToken cancellationToken) =>
        CommandAsync(context, runId, runs, static (runs, id, command, token) => runs.TearDownAsync(id, command, token), WhileServing + " To end it earlier, cancel it.", cancellationToken);

    private static async Task<IResult> ApproveAsync(HttpContext context, string runId, RunClient runs, CancellationToken cancellationToken)
    {
        (ApprovalBody? body, IResult? refusal) = await RequestBody.ReadAsync(
            context.Request, ApiJsonContext.Default.ApprovalBody, new ApprovalBody(Approved: null, Comment: null), cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        var errors = new List<FieldError>();
        if (body!.Approved is null)
        {
            errors.Add(new FieldError("$.approved", "Is required: true or false."));
        }

        CheckText("$.comment", body.Comment, errors);
        return errors.Count > 0
            ? Problems.Invalid(errors)
            : Answer(
                context,
                runId,
                await runs.ApproveAsync(runId, new ApprovalDecision(body.Approved is true, FineTuneApi.Caller(context), body.Comment), cancellationToken),
                "A run is approved or rejected while it is AwaitingApproval.");
    }

    private static async Task<IResult> ExtendAsync(HttpContext context, string runId, RunClient runs, CancellationToken cancellationToken)
    {
        (ExtensionBody? body, IResult? refusal) = await RequestBody.ReadAsync(
            context.Request, ApiJsonContext.Default.ExtensionBody, new ExtensionBody(Duration: null), cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        return body!.Duration is null || !IsoDurationConverter.TryParse(body.Duration, out TimeSpan duration) || duration < MinExtension || duration > MaxExtension
            ? Problems.Invalid("$.duration", "Is required: an ISO 8601 duration from PT1M to P30D, such as PT2H.")
            : Answer(
                context, runId, await runs.ExtendAsync(runId, new ExtendCommand(duration, FineTuneApi.Caller(context)), cancellationToken), WhileServing);
    }

    private const string WhileServing = "This is possible while a run is Serving.";

    private static async Task<IResult> CommandAsync(
        HttpContext context, string runId, RunClient runs, Give give, string rule, CancellationToken cancellationToken)
    {
        (CommandBody? body, IResult? refusal) = await RequestBody.ReadAsync(
            context.Request, ApiJsonContext.Default.CommandBody, new CommandBody(Reason: null), cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        var errors = new List<FieldError>();
        CheckText("$.reason", body!.Reason, errors);
        return errors.Count > 0
            ? Problems.Invalid(errors)
            : Answer(context, runId, await give(runs, runId, new RunCommand(FineTuneApi.Caller(context), body.Reason), cancellationToken), rule);
    }

    private static void CheckText(string path, string? text, List<FieldError> errors)
    {
        if (text is not null && (text.Length > MaxTextLength || text.Any(char.IsControl)))
        {
            errors.Add(new FieldError(path, $"Must be one line of at most {MaxTextLength} characters."));
        }
    }

    private static IResult Answer(HttpContext context, string runId, RunCommandResult result, string rule) => result.Outcome switch
    {
        RunCommandOutcome.Accepted => FineTuneApi.Accepted(context, runId),
        RunCommandOutcome.NotFound => Problems.NoSuchRun(runId),
        RunCommandOutcome.AlreadyEnded => Problems.Conflict(
            "RunEnded", $"The run '{runId}' has ended ({result.State}).", "Start a new run if there is more to do."),
        _ => Problems.Conflict("NotInThatState", $"The run '{runId}' is {result.State}.", rule),
    };
}
