using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FineTune.Simulator.Hosting;

/// <summary>
/// The certificate for https: made by the simulator itself, kept in its data directory, signed by nobody else and able to sign nothing, so that
/// whoever trusts it trusts this one server only.
/// </summary>
internal static class SimulatorCertificate
{
    public const string FileName = "certificate.pem";

    private const string KeyFileName = "certificate.key";

    // What browsers and Apple's clients accept at most.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(397);
    private static readonly TimeSpan Renewal = TimeSpan.FromDays(7);

    /// <summary>The certificate in the directory, or a new one if there is none, if it is about to expire or if it is for another region.</summary>
    public static X509Certificate2 Open(string directory, string region, TimeProvider clock)
    {
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, FileName);
        string keyPath = Path.Combine(directory, KeyFileName);
        IReadOnlyList<string> names = AzureHosts.CertificateNames(region);
        if (File.Exists(path) && File.Exists(keyPath))
        {
            X509Certificate2 kept = X509Certificate2.CreateFromPemFile(path, keyPath);
            if (new DateTimeOffset(kept.NotAfter) > clock.GetUtcNow() + Renewal && names.All(name => kept.MatchesHostname(name.Replace("*", "any", StringComparison.Ordinal))))
            {
                return kept;
            }

            kept.Dispose();
        }

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 created = Create(key, names, clock.GetUtcNow());
        FileStreamOptions secret = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            secret.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (StreamWriter writer = new(keyPath, secret))
        {
            writer.Write(key.ExportPkcs8PrivateKeyPem());
        }

        File.WriteAllText(path, created.ExportCertificatePem());
        return X509Certificate2.CreateFromPemFile(path, keyPath);
    }

    private static X509Certificate2 Create(ECDsa key, IReadOnlyList<string> names, DateTimeOffset now)
    {
        CertificateRequest request = new("CN=Azure ML simulator on this machine", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder alternatives = new();
        foreach (string name in names)
        {
            alternatives.AddDnsName(name);
        }

        alternatives.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now - TimeSpan.FromDays(1), now + Lifetime);
    }
}
