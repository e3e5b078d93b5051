using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace FineTune.FunctionsApp.Security;

/// <summary>Who calls.</summary>
public static class Callers
{
    private const string PrincipalHeader = "X-MS-CLIENT-PRINCIPAL";

    /// <summary>A caller whom a function's key let in; the Functions host has checked it.</summary>
    /// <param name="function">The function's name: all that is known of the caller.</param>
    /// <param name="role">What the key allows; null for nothing.</param>
    /// <returns>The caller.</returns>
    public static ClaimsPrincipal FromKey(string function, string? role)
    {
        var identity = new ClaimsIdentity("FunctionKey");
        identity.AddClaim(new Claim(identity.NameClaimType, $"key of {function}"));
        if (role is not null)
        {
            identity.AddClaim(new Claim(identity.RoleClaimType, role));
        }

        return new ClaimsPrincipal(identity);
    }

    /// <summary>
    /// A caller whom App Service authentication signed in. The platform sets the header and removes one that a caller sends;
    /// where that authentication is off, this must not be called.
    /// </summary>
    /// <param name="headers">The request's headers.</param>
    /// <returns>The caller; without an identity when nobody is signed in.</returns>
    /// <remarks>The header's form: learn.microsoft.com/azure/app-service/configure-authentication-user-identities.</remarks>
    public static ClaimsPrincipal FromSignIn(IHeaderDictionary headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        if (headers[PrincipalHeader] is not [{ Length: > 0 } encoded] || Parse(encoded) is not { Claims: { } claims } principal)
        {
            return new ClaimsPrincipal();
        }

        var identity = new ClaimsIdentity(
            principal.AuthenticationType ?? "AppService", principal.NameType ?? ClaimTypes.Name, principal.RoleType ?? ClaimTypes.Role);
        foreach (ClientPrincipalClaim claim in claims)
        {
            if (claim is { Type: { Length: > 0 } type, Value: { } value })
            {
                identity.AddClaim(new Claim(type, value));

                // Entra ID calls app roles "roles", whatever the platform calls the role claim.
                if (type == "roles" && type != identity.RoleClaimType)
                {
                    identity.AddClaim(new Claim(identity.RoleClaimType, value));
                }
            }
        }

        return new ClaimsPrincipal(identity);
    }

    private static ClientPrincipal? Parse(string encoded)
    {
        try
        {
            return JsonSerializer.Deserialize<ClientPrincipal>(Convert.FromBase64String(encoded));
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            return null;
        }
    }
}
