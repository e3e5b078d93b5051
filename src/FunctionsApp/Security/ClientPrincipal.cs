using System.Text.Json.Serialization;

namespace FineTune.FunctionsApp.Security;

/// <summary>The signed-in caller, as App Service authentication writes it into a header.</summary>
internal sealed record ClientPrincipal
{
    [JsonPropertyName("auth_typ")]
    public string? AuthenticationType { get; init; }

    [JsonPropertyName("name_typ")]
    public string? NameType { get; init; }

    [JsonPropertyName("role_typ")]
    public string? RoleType { get; init; }

    [JsonPropertyName("claims")]
    public IReadOnlyList<ClientPrincipalClaim>? Claims { get; init; }
}

/// <summary>A claim of it.</summary>
internal sealed record ClientPrincipalClaim
{
    [JsonPropertyName("typ")]
    public string? Type { get; init; }

    [JsonPropertyName("val")]
    public string? Value { get; init; }
}
