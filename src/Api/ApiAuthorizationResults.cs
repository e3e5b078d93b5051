using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

namespace FineTune.Api;

/// <summary>Refuses callers with a problem, as everything here is refused: 401 who is nobody, 403 who may not.</summary>
public sealed class ApiAuthorizationResults : IAuthorizationMiddlewareResultHandler
{
    /// <inheritdoc/>
    public Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        ArgumentNullException.ThrowIfNull(next);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(authorizeResult);
        if (authorizeResult.Succeeded)
        {
            return next(context);
        }

        bool isSignedIn = context.User.Identity is { IsAuthenticated: true };
        return (isSignedIn ? Problems.RoleMissing(context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>()?.Policy) : Problems.NotSignedIn())
            .ExecuteAsync(context);
    }
}
