using System.Diagnostics;
using System.Text.Json;
using FineTune.OpenApi;
using FineTune.Simulator;
using FineTune.Simulator.Datastores;
using FineTune.Tests.Shared;

namespace FineTune.Clients.Tests;

/// <summary>The simulator as a program of its own, on free ports, with a folder of its own. It ends with the test, and what it exchanged is held against the OpenAPI documents.</summary>
internal sealed class SimulatorProcess : IAsyncDisposable
{
    public const string Subscription = "00000000-0000-0000-0000-000000000001";
    public const string ResourceGroup = "rg-simulator";
    public const string Workspace = "ws-simulator";

    // A working day of the cloud in half a minute.
    private const string Speed = "1200";

    private readonly Process _process;
    private readonly DirectoryInfo _folder;

    private SimulatorProcess(Process process, DirectoryInfo folder, Uri address, Uri https)
    {
        (_process, _folder, Address, Https) = (process, folder, address, https);
    }

    /// <summary>Its address without TLS.</summary>
    public Uri Address { get; }

    /// <summary>Its address with TLS, which is the proxy's too.</summary>
    public Uri Https { get; }

    /// <summary>Its certificate.</summary>
    public string Certificate => Path.Combine(_folder.FullName, "certificate.pem");

    public static async Task<SimulatorProcess> StartAsync(string blobConnection, DatastoreCredentials credentials = DatastoreCredentials.AccountKey)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("finetune-clients-");
        ProcessStartInfo start = new(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (string argument in (string[])
            ["exec", typeof(SimulatorApplication).Assembly.Location, "--data", folder.FullName, "--port", "0", "--https", "0", "--speed", Speed,
             "--blob", blobConnection, "--datastore", credentials.ToString()])
        {
            start.ArgumentList.Add(argument);
        }

        if (OpenApiContractTests.Contract is not null)
        {
            Exchanges(folder).AddTo(start.Environment);
        }

        Process process = Process.Start(start)!;
        Uri? https = null;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            Uri address = new(line.Split(' ').First(word => word.StartsWith("http", StringComparison.Ordinal) && word.Contains("://", StringComparison.Ordinal)).TrimEnd(','));
            if (address.Scheme == Uri.UriSchemeHttps)
            {
                https = address;
            }
            else
            {
                return new SimulatorProcess(process, folder, address, https!);
            }
        }

        throw new InvalidOperationException("The simulator did not start.");
    }

    /// <summary>Every request that it has seen: method, path, status.</summary>
    public async Task<IReadOnlyList<(string Method, string Path, int Status)>> RequestsAsync()
    {
        using HttpClient client = new() { BaseAddress = Address };
        using JsonDocument log = JsonDocument.Parse(await client.GetStringAsync(new Uri("/simulator/requests", UriKind.Relative)));
        return [.. log.RootElement.GetProperty("value").EnumerateArray().Select(request =>
            (request.GetProperty("method").GetString()!, request.GetProperty("path").GetString()!, request.GetProperty("status").GetInt32()))];
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        foreach (Exchange exchange in Exchanges(_folder).Read())
        {
            OpenApiContractTests.Contract!.Check(exchange);
        }

        _folder.Delete(recursive: true);
    }

    private static ExchangeFile Exchanges(DirectoryInfo folder) => new(Path.Combine(folder.FullName, "exchanges.jsonl"));
}
