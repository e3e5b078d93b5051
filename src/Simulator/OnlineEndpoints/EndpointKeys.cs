using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FineTune.Simulator.State;

namespace FineTune.Simulator.OnlineEndpoints;

/// <summary>Keys and tokens of endpoints.</summary>
internal static class EndpointKeys
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>How long a token of the mode AMLToken is valid.</summary>
    public static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(12);

    public static string Create() => RandomNumberGenerator.GetString(Alphabet, 32);

    /// <summary>A token that carries its expiry and is signed with a key that never leaves the endpoint.</summary>
    public static string Token(EndpointRecord endpoint, DateTimeOffset expires)
    {
        string expiry = expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(endpoint.PrimaryKey), Encoding.UTF8.GetBytes(endpoint.Name + expiry));
        return $"{expiry}.{Convert.ToHexString(signature)}";
    }

    /// <summary>Whether the credential opens the endpoint.</summary>
    public static bool Accepts(EndpointRecord endpoint, string credential, DateTimeOffset now) => endpoint.AuthMode switch
    {
        "Key" => Same(credential, endpoint.PrimaryKey) || Same(credential, endpoint.SecondaryKey),
        "AMLToken" => long.TryParse(credential.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            && now.ToUnixTimeSeconds() < seconds
            && seconds <= (now + TokenLifetime).ToUnixTimeSeconds()
            && Same(credential, Token(endpoint, DateTimeOffset.FromUnixTimeSeconds(seconds))),

        // A directory's token cannot be checked here; that there is one can.
        _ => credential.Length > 0,
    };

    private static bool Same(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
