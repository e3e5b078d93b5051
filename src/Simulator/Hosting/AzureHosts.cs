namespace FineTune.Simulator.Hosting;

/// <summary>
/// The host names under which Azure's services are reached, and which of them the simulator stands in for when a client comes through
/// its proxy. Names of the public cloud.
/// </summary>
internal static class AzureHosts
{
    public const string ResourceManager = "management.azure.com";
    public const string Login = "login.microsoftonline.com";

    private const string Api = ".api.azureml.ms";
    private const string RegistryProvider = ".experiments.azureml.net";
    private const string Inference = ".inference.ml.azure.com";
    private const string Blob = ".blob.core.windows.net";

    /// <summary>Whether the simulator answers for a host; it is no proxy to anywhere else.</summary>
    public static bool IsServed(string host) =>
        Is(host, ResourceManager) || Is(host, Login) || Ends(host, Api) || Ends(host, RegistryProvider) || Ends(host, Inference) || IsBlob(host);

    /// <summary>Whether a host is a storage account's.</summary>
    public static bool IsBlob(string host) => Ends(host, Blob);

    /// <summary>The endpoint whose scoring host it is: <c>{endpoint}.{region}.inference.ml.azure.com</c>.</summary>
    public static string? EndpointOf(string host) => Ends(host, Inference) ? host[..host.IndexOf('.', StringComparison.Ordinal)] : null;

    /// <summary>Host of run history, MLflow and the registry's discovery in a region.</summary>
    public static string ApiOf(string region) => region + Api;

    /// <summary>Host of the registry's managed front end in a region.</summary>
    public static string RegistryProviderOf(string region) => "cert-" + region + RegistryProvider;

    /// <summary>Scoring host of an endpoint.</summary>
    public static string ScoringOf(string endpoint, string region) => $"{endpoint}.{region}{Inference}";

    /// <summary>The names that a certificate needs for all of them in a region.</summary>
    public static IReadOnlyList<string> CertificateNames(string region) =>
        ["localhost", ResourceManager, Login, "*" + Api, "*" + RegistryProvider, $"*.{region}{Inference}", "*" + Blob];

    private static bool Is(string host, string name) => host.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool Ends(string host, string suffix) => host.Length > suffix.Length && host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase);
}
