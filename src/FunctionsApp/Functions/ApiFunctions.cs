using FineTune.FunctionsApp.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace FineTune.FunctionsApp.Functions;

/// <summary>
/// The HTTP surface, handed over to the room Api. A function stands for a role, and its key opens what that role may do and
/// nothing else.
/// </summary>
/// <param name="api">The API.</param>
public sealed class ApiFunctions(ApiPipeline api)
{
    /// <summary><c>GET /api/health</c>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="context">The invocation.</param>
    /// <returns>The answer.</returns>
    [Function(nameof(Health))]
    public IResult Health([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request, FunctionContext context) =>
        api.HandOver(context, client: null, role: null);

    /// <summary><c>GET /api/runs</c> and everything below it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">The engine.</param>
    /// <param name="context">The invocation.</param>
    /// <returns>The answer.</returns>
    [Function(nameof(ReadRuns))]
    public IResult ReadRuns(
        [HttpTrigger(AuthorizationLevel.Function, "get", Route = "runs/{*path}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        FunctionContext context) => api.HandOver(context, client, ApiRoles.Read);

    /// <summary><c>POST /api/runs</c>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">The engine.</param>
    /// <param name="context">The invocation.</param>
    /// <returns>The answer.</returns>
    [Function(nameof(SubmitRun))]
    public IResult SubmitRun(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "runs")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        FunctionContext context) => api.HandOver(context, client, ApiRoles.Submit);

    /// <summary><c>POST /api/runs/{runId}/cancel</c>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">The engine.</param>
    /// <param name="context">The invocation.</param>
    /// <returns>The answer.</returns>
    [Function(nameof(CancelRun))]
    public IResult CancelRun(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "runs/{runId}/cancel")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        FunctionContext context) => api.HandOver(context, client, ApiRoles.Submit);

    /// <summary><c>POST /api/runs/{runId}/approve</c>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">The engine.</param>
    /// <param name="context">The invocation.</param>
    /// <returns>The answer.</returns>
    [Function(nameof(ApproveRun))]
    public IResult ApproveRun(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "runs/{runId}/approve")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        FunctionContext context) => api.HandOver(context, client, ApiRoles.Approve);

    /// <summary><c>POST /api/runs/{runId}/extend</c>, <c>/keep</c> and <c>/teardown</c>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="client">The engine.</param>
    /// <param name="context">The invocation.</param>
    /// <returns>The answer.</returns>
    [Function(nameof(AdministerRun))]
    public IResult AdministerRun(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "runs/{runId}/{command:regex(^(extend|keep|teardown)$)}")] HttpRequest request,
        [DurableClient] DurableTaskClient client,
        FunctionContext context) => api.HandOver(context, client, ApiRoles.Administer);
}
