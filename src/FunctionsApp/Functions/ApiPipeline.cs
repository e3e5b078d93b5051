using FineTune.Api;
using FineTune.FunctionsApp.Configuration;
using FineTune.FunctionsApp.Durable;
using FineTune.FunctionsApp.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace FineTune.FunctionsApp.Functions;

/// <summary>The API's own endpoints, with who may call them, behind the functions that let requests in.</summary>
/// <param name="services">The app's services.</param>
/// <param name="settings">The app's settings.</param>
public sealed class ApiPipeline(IServiceProvider services, AppSettings settings)
{
    private readonly RequestDelegate _pipeline = Build(services);

    /// <summary>Hands a request over.</summary>
    /// <param name="context">The invocation that let it in.</param>
    /// <param name="client">The invocation's engine; null when the request needs none.</param>
    /// <param name="role">What the function's key allows, one of <see cref="ApiRoles"/>; null for nothing.</param>
    /// <returns>The answer, still to be made.</returns>
    public IResult HandOver(FunctionContext context, DurableTaskClient? client, string? role)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (client is not null)
        {
            context.InstanceServices.GetRequiredService<InvocationClient>().Use(client);
        }

        return new Answer(async http =>
        {
            http.RequestServices = context.InstanceServices;
            http.User = settings.RequireSignIn ? Callers.FromSignIn(http.Request.Headers) : Callers.FromKey(context.FunctionDefinition.Name, role);

            // The Functions host has routed the request to a function; the API routes it anew.
            http.SetEndpoint(null);
            http.Request.RouteValues.Clear();
            await _pipeline(http);
        });
    }

    private static RequestDelegate Build(IServiceProvider services)
    {
        var policies = new ApiPolicies
        {
            Read = ApiRoles.Read,
            Submit = ApiRoles.Submit,
            Approve = ApiRoles.Approve,
            Administer = ApiRoles.Administer,
        };
        return new ApplicationBuilder(services)
            .UseFineTuneProblems()
            .UseRouting()
            .UseAuthorization()
            .UseEndpoints(endpoints => endpoints.MapFineTuneApi(policies))
            .Build();
    }

    private sealed class Answer(RequestDelegate make) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => make(httpContext);
    }
}
