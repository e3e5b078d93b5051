using System.Globalization;
using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;
using FineTune.Tests.Shared;
using Xunit.Abstractions;

namespace FineTune.Clients.Tests;

public sealed class JavaScriptClientTests(AzuriteFixture azurite, ITestOutputHelper output) : IClassFixture<AzuriteFixture>
{
    [Theory]
    [InlineData("2022-10-01", true)]
    [InlineData("2024-04-01", false)]
    public async Task The_resource_manager_part_runs_from_the_cluster_to_its_deletion(string apiVersion, bool throughProxy)
    {
        await using SimulatorProcess simulator = await SimulatorProcess.StartAsync(azurite.Connection.ConnectionString);
        string rows = await UploadAsync(simulator);
        Dictionary<string, string> environment = new() { ["NODE_EXTRA_CA_CERTS"] = simulator.Certificate };
        List<string> arguments =
        [
            "--preserve-symlinks",
            ClientProgram.Script("arm_flow.mjs"),
            SimulatorProcess.Subscription,
            SimulatorProcess.ResourceGroup,
            SimulatorProcess.Workspace,
            apiVersion,
            rows,
            JavaScriptClient.Root,
        ];
        string address = simulator.Https.GetLeftPart(UriPartial.Authority);
        if (throughProxy)
        {
            environment["HTTPS_PROXY"] = address.Replace("https:", "http:", StringComparison.Ordinal);
        }
        else
        {
            arguments.Add(address);
        }

        JsonElement seen = await ClientProgram.RunAsync("node", environment, [.. arguments]);

        IReadOnlyList<(string Method, string Path, int Status)> requests = await simulator.RequestsAsync();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{requests.Count} requests of @azure/arm-machinelearning, api-version {apiVersion}, {(throughProxy ? "through the proxy" : "by its endpoint")}"));
        Assert.Equal(1, seen.GetProperty("gpus").GetInt32());
        Assert.StartsWith(
            throughProxy ? "https://javascript-20221001.eastus.inference.ml.azure.com" : address, seen.GetProperty("scoring").GetString(), StringComparison.Ordinal);
        Assert.All(requests.Where(request => request.Status >= 400), request => Assert.True(
            request is { Status: 404, Method: "GET" }, $"{request.Method} {request.Path} {request.Status}"));
    }

    /// <summary>Puts rows where the default datastore is, and returns their path in it.</summary>
    private async Task<string> UploadAsync(SimulatorProcess simulator)
    {
        using HttpClient client = new() { BaseAddress = simulator.Address };
        client.DefaultRequestHeaders.Add("Authorization", "Bearer any");
        using JsonDocument datastore = JsonDocument.Parse(await client.GetStringAsync(new Uri(
            $"/subscriptions/{SimulatorProcess.Subscription}/resourceGroups/{SimulatorProcess.ResourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/{SimulatorProcess.Workspace}/datastores/workspaceblobstore?api-version=2024-04-01",
            UriKind.Relative)));
        BlobContainerClient container = azurite.Service.GetBlobContainerClient(datastore.RootElement.GetProperty("properties").GetProperty("containerName").GetString());
        StringBuilder rows = new();
        for (int i = 0; i < 8; i++)
        {
            rows.Append("""{"messages":[{"role":"user","content":"What is the capital of Peru?"},{"role":"assistant","content":"The capital of Peru is Lima."}]}""").Append('\n');
        }

        const string path = "javascript/train.jsonl";
        await container.GetBlobClient(path).UploadAsync(BinaryData.FromString(rows.ToString()), overwrite: true);
        return path;
    }
}
