using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FineTune.Simulator.Http;

namespace FineTune.Simulator.Hosting;

/// <summary>
/// As much of Microsoft Entra ID as the credentials of the Azure SDKs ask before they give a token: where its endpoints are, and a token
/// for whoever asks. There is nothing to protect here, so every secret is right.
/// </summary>
internal sealed class LoginRoutes
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public void Map(ServiceRoutes routes)
    {
        routes.Other(ServicePlane.Open, "GET", "/{tenant}/discovery/instance", request => ServiceResponse.Ok(new JsonObject
        {
            ["tenant_discovery_endpoint"] = $"{request.BaseUrl}/{request.Route("tenant")}/v2.0/.well-known/openid-configuration",
            ["api-version"] = "1.1",
            ["metadata"] = new JsonArray(new JsonObject
            {
                ["preferred_network"] = AzureHosts.Login,
                ["preferred_cache"] = AzureHosts.Login,
                ["aliases"] = new JsonArray(AzureHosts.Login),
            }),
        }));
        routes.Other(ServicePlane.Open, "GET", "/{tenant}/v2.0/.well-known/openid-configuration", request =>
        {
            string tenant = $"{request.BaseUrl}/{request.Route("tenant")}";
            return ServiceResponse.Ok(new JsonObject
            {
                ["issuer"] = tenant + "/v2.0",
                ["authorization_endpoint"] = tenant + "/oauth2/v2.0/authorize",
                ["token_endpoint"] = tenant + "/oauth2/v2.0/token",
                ["device_authorization_endpoint"] = tenant + "/oauth2/v2.0/devicecode",
                ["jwks_uri"] = tenant + "/discovery/v2.0/keys",
                ["response_types_supported"] = new JsonArray("code", "id_token"),
                ["subject_types_supported"] = new JsonArray("pairwise"),
                ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
            });
        });
        routes.Other(ServicePlane.Open, "POST", "/{tenant}/oauth2/v2.0/token", request => ServiceResponse.Ok(new JsonObject
        {
            ["token_type"] = "Bearer",
            ["expires_in"] = (int)Lifetime.TotalSeconds,
            ["ext_expires_in"] = (int)Lifetime.TotalSeconds,
            ["access_token"] = Token(request.Route("tenant"), TimeProvider.System.GetUtcNow()),
        }));
    }

    /// <summary>A JSON web token as clients take it apart: whose it is, for whom, until when. In real time, by which clients judge it.</summary>
    private string Token(string tenant, DateTimeOffset now)
    {
        static string Part(JsonObject value) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(value.ToJsonString()));

        string signed = Part(new JsonObject { ["typ"] = "JWT", ["alg"] = "HS256" }) + "." + Part(new JsonObject
        {
            ["aud"] = "https://management.azure.com",
            ["iss"] = $"https://sts.windows.net/{tenant}/",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = (now + Lifetime).ToUnixTimeSeconds(),
            ["oid"] = SimulatedWorkspace.DeriveId("identity").ToString(),
            ["tid"] = tenant,
            ["ver"] = "1.0",
        });
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(signed)));
    }
}
