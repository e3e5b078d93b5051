namespace FineTune.AzureMachineLearning;

/// <summary>
/// The addresses of one Azure cloud, and the hosts that may be shown its tokens. Answers of the service name further hosts
/// (operation URLs, next pages, tracking and discovery addresses); a token goes to none outside <see cref="TrustedHosts"/>.
/// </summary>
public sealed record AzureMachineLearningCloud
{
    /// <summary>Azure's public cloud.</summary>
    /// <remarks>
    /// The hosts are named narrowly on purpose: under azure.com, azureml.ms and azureml.net there are also machines of customers
    /// (<c>*.cloudapp.azure.com</c>, <c>*.inference.ml.azure.com</c>, <c>*.instances.azureml.ms</c>).
    /// </remarks>
    public static AzureMachineLearningCloud Public { get; } = new()
    {
        ArmEndpoint = new Uri("https://management.azure.com"),
        RegistryEndpoint = new Uri("https://eastus.api.azureml.ms"),
        Audience = "https://management.azure.com",
        TrustedHosts = ["management.azure.com", "api.azureml.ms", "experiments.azureml.net"],
    };

    /// <summary>Azure operated by 21Vianet in China.</summary>
    public static AzureMachineLearningCloud China { get; } = new()
    {
        ArmEndpoint = new Uri("https://management.chinacloudapi.cn"),
        RegistryEndpoint = new Uri("https://chinaeast2.api.ml.azure.cn"),
        Audience = "https://management.chinacloudapi.cn",
        TrustedHosts = ["management.chinacloudapi.cn", "api.ml.azure.cn", "experiments.ml.azure.cn"],
    };

    /// <summary>Azure for the government of the USA.</summary>
    public static AzureMachineLearningCloud USGovernment { get; } = new()
    {
        ArmEndpoint = new Uri("https://management.usgovcloudapi.net"),
        RegistryEndpoint = new Uri("https://usgovarizona.api.ml.azure.us"),
        Audience = "https://management.usgovcloudapi.net",
        TrustedHosts = ["management.usgovcloudapi.net", "api.ml.azure.us", "experiments.ml.azure.us"],
    };

    /// <summary>Finds a cloud by its name in settings.</summary>
    /// <param name="name"><c>Public</c>, <c>China</c> or <c>USGovernment</c>; case does not matter.</param>
    /// <returns>The cloud, or null when there is none of that name.</returns>
    public static AzureMachineLearningCloud? Find(string name) => name?.ToUpperInvariant() switch
    {
        "PUBLIC" => Public,
        "CHINA" => China,
        "USGOVERNMENT" => USGovernment,
        _ => null,
    };

    /// <summary>Where Azure Resource Manager answers. https; plain http only on a loopback address.</summary>
    public required Uri ArmEndpoint { get; init; }

    /// <summary>Where registries are discovered. Any region of the cloud knows all of its registries.</summary>
    public required Uri RegistryEndpoint { get; init; }

    /// <summary>Whom tokens are made out to; the scope asked for is <c>{audience}/.default</c>.</summary>
    public required string Audience { get; init; }

    /// <summary>Hosts that tokens may be sent to, each with all of its subdomains.</summary>
    public required IReadOnlyList<string> TrustedHosts { get; init; }

    /// <summary>Whether this "cloud" is a server on this machine; only then may tokens and keys travel without TLS, and only to this machine.</summary>
    public bool IsLoopback => ArmEndpoint.IsLoopback;

    /// <summary>A server on this machine that answers as all of Azure's services at once.</summary>
    /// <param name="endpoint">Its base address, such as <c>http://127.0.0.1:5001</c>.</param>
    /// <returns>A cloud that trusts no host but this machine.</returns>
    /// <exception cref="ArgumentException">The address is not a loopback address.</exception>
    public static AzureMachineLearningCloud Loopback(Uri endpoint) => endpoint is { IsAbsoluteUri: true, IsLoopback: true }
        ? new AzureMachineLearningCloud
        {
            ArmEndpoint = endpoint,
            RegistryEndpoint = endpoint,
            Audience = Public.Audience,
            TrustedHosts = [],
        }
        : throw new ArgumentException($"'{endpoint}' is not a loopback address such as http://127.0.0.1:5001.", nameof(endpoint));

    /// <summary>Whether a token may be sent to an address.</summary>
    /// <param name="address">The address.</param>
    /// <returns>True for https to a trusted host, and for this machine when the cloud is on it.</returns>
    public bool Trusts(Uri address) =>
        (IsLoopback && address.IsLoopback) || (address.Scheme == Uri.UriSchemeHttps && TrustedHosts.Any(host => IsWithin(address.IdnHost, host)));

    private static bool IsWithin(string host, string domain) =>
        host.EndsWith(domain, StringComparison.OrdinalIgnoreCase) && (host.Length == domain.Length || host[^(domain.Length + 1)] == '.');
}
