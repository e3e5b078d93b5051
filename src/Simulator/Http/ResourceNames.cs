using System.Text.RegularExpressions;

namespace FineTune.Simulator.Http;

/// <summary>The service's rules for names.</summary>
internal static partial class ResourceNames
{
    /// <summary>Jobs, models, data assets: 1 to 255 letters, digits, dashes and underscores, beginning with a letter or a digit.</summary>
    public static void RequireAsset(string kind, string name)
    {
        if (!Asset().IsMatch(name))
        {
            throw ServiceException.BadRequest($"The {kind} name '{name}' is not valid: 1 to 255 letters, digits, dashes and underscores, beginning with a letter or a digit.");
        }
    }

    /// <summary>Endpoints and deployments: 3 to 32 letters, digits and single dashes, beginning with a letter and ending with a letter or digit.</summary>
    public static void RequireEndpoint(string kind, string name)
    {
        if (name.Length is < 3 or > 32 || !Endpoint().IsMatch(name))
        {
            throw ServiceException.BadRequest(
                $"The {kind} name '{name}' is not valid: 3 to 32 letters, digits and single dashes, beginning with a letter and ending with a letter or digit.");
        }
    }

    [GeneratedRegex(@"^[a-zA-Z0-9][a-zA-Z0-9\-_]{0,254}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Asset();

    [GeneratedRegex("^[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Endpoint();
}
