using System.Globalization;
using System.Text.Json;
using FineTune.Simulator.Datastores;
using FineTune.Tests.Shared;
using Xunit.Abstractions;

namespace FineTune.Clients.Tests;

public sealed class PythonSdkTests(AzuriteFixture azurite, ITestOutputHelper output) : IClassFixture<AzuriteFixture>
{
    [PythonSdkTheory]
    [InlineData(DatastoreCredentials.AccountKey)]
    [InlineData(DatastoreCredentials.Sas)]
    public async Task The_notebook_runs_from_the_registry_to_the_deletion_of_the_endpoint(DatastoreCredentials credentials)
    {
        await using SimulatorProcess simulator = await SimulatorProcess.StartAsync(azurite.Connection.ConnectionString, credentials);
        Dictionary<string, string> environment = new()
        {
            ["HTTPS_PROXY"] = simulator.Https.GetLeftPart(UriPartial.Authority).Replace("https:", "http:", StringComparison.Ordinal),
            ["REQUESTS_CA_BUNDLE"] = simulator.Certificate,
            ["AZURE_TENANT_ID"] = "11111111-2222-3333-4444-555555555555",
            ["AZURE_CLIENT_ID"] = "notebook",
            ["AZURE_CLIENT_SECRET"] = "any",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
        };
        if (!PythonSdk.HasPydash)
        {
            environment["PYTHONPATH"] = ClientProgram.Script("python");
        }

        JsonElement seen = await ClientProgram.RunAsync(
            PythonSdk.Interpreter,
            environment,
            "-W",
            "ignore",
            ClientProgram.Script("notebook_flow.py"),
            SimulatorProcess.Subscription,
            SimulatorProcess.ResourceGroup,
            SimulatorProcess.Workspace);

        IReadOnlyList<(string Method, string Path, int Status)> requests = await simulator.RequestsAsync();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{requests.Count} requests of azure-ai-ml, datastore by {credentials}"));
        Assert.Equal(
            ["ft_nlp_common_validation", "chat_completion_model_import", "chat_completion_datapreprocess", "chat_completion_finetune", "ft_nlp_model_converter"],
            seen.GetProperty("children").EnumerateArray().Select(step => step.GetString()));
        Assert.EndsWith(".eastus.inference.ml.azure.com/score", seen.GetProperty("scoring").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(0, seen.GetProperty("answer")[0].GetString()!.Length);
        Assert.Contains(requests, request => request is { Method: "PUT", Status: 201 } && request.Path.EndsWith("/train.jsonl", StringComparison.Ordinal));

        // Not found before it was made, twice of blobs that were not there, and once of what was deleted: nothing else was refused.
        Assert.All(requests.Where(request => request.Status >= 400), request => Assert.True(
            request is { Status: 404, Method: "GET" or "HEAD" }, $"{request.Method} {request.Path} {request.Status}"));
    }
}
