using System.Globalization;

namespace FineTune.LocalHost.Azurite;

/// <summary>How an Azurite on this machine is reached.</summary>
/// <param name="Port">Its port on 127.0.0.1.</param>
public sealed record AzuriteConnection(int Port)
{
    /// <summary>Azurite's port unless told otherwise.</summary>
    public const int DefaultPort = 10000;

    /// <summary>The account that every Azurite has.</summary>
    public const string AccountName = "devstoreaccount1";

    /// <summary>
    /// Its key. Not a secret: it is the same in every Azurite and printed in its documentation
    /// (learn.microsoft.com/azure/storage/common/storage-connect-azurite).
    /// </summary>
    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <summary>The account's blob endpoint, path-style as for every account on an IP address.</summary>
    public Uri BlobEndpoint => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/{AccountName}"));

    /// <summary>The connection string.</summary>
    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};BlobEndpoint={BlobEndpoint};";
}
