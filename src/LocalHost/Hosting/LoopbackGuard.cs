using System.Security.Principal;

namespace FineTune.LocalHost.Hosting;

/// <summary>
/// Without sign-in, only programs of this machine may use the API, and a browser's pages from elsewhere are no such programs:
/// a page may send requests here under a name that it controls (DNS rebinding), or blindly (cross-site).
/// </summary>
internal static class LoopbackGuard
{
    // Whoever runs the host is the only one whom the audit trail can name.
    private static readonly GenericPrincipal Person = new(new GenericIdentity(Environment.UserName, "Loopback"), roles: null);

    public static void UseLoopbackGuard(this IApplicationBuilder application) => application.Use(static (context, next) =>
    {
        if (IsLocal(context.Request))
        {
            context.User = Person;
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    });

    private static bool IsLocal(HttpRequest request) =>
        IsLoopbackName(request.Host.Host)
        && (request.Headers.Origin is not [{ } origin]
            || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? page) && IsLoopbackName(page.Host) && page.Port == request.Host.Port));

    private static bool IsLoopbackName(string host) => host is "127.0.0.1" or "localhost" or "[::1]";
}
