using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using FineTune.LocalHost.Azurite;
using FineTune.LocalHost.Client;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.EndToEnd.Tests;

public sealed class KillTests : IDisposable
{
    // 48 minutes of training are 10 seconds, an hour of serving 12: enough to meet both on a slow machine.
    private const double Speed = 300;
    private readonly string _folder = Directory.CreateTempSubdirectory("finetune-kill-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_host_killed_in_training_and_again_while_serving_completes_the_run_with_one_of_each()
    {
        string runId;
        await using (ServeProcess first = ServeProcess.Start(_folder, Speed))
        {
            runId = await DropAsync(await first.Blobs);
            await MeetAsync(await first.Api, runId, RunState.Training);
            await first.KillAsync();
        }

        await using (ServeProcess second = ServeProcess.Start(_folder, Speed))
        {
            await MeetAsync(await second.Api, runId, RunState.Serving);
            await second.KillAsync();
        }

        await using ServeProcess third = ServeProcess.Start(_folder, Speed);
        RunStatus run = await MeetAsync(await third.Api, runId, RunState.Completed);

        Assert.Null(run.Failure);
        Assert.True(run.Endpoint!.Deleted);
        IReadOnlyList<(string Method, string Path, int Status)> requests = Requests();
        Assert.Single(CloudState.Created(requests, "jobs"));
        Assert.Single(CloudState.Created(requests, "models", segments: 3));
        string endpoint = Assert.Single(CloudState.Created(requests, "onlineEndpoints"));
        Assert.Contains(requests, request => request is { Method: "DELETE", Status: 202 } && request.Path == endpoint);
        Assert.Equal(("GET", endpoint, 404), requests.Last(request => request.Path == endpoint));
    }

    /// <summary>Follows the run until it is in a state.</summary>
    private static async Task<RunStatus> MeetAsync(Uri api, string runId, RunState state)
    {
        using var client = new FineTuneClient(api);
        await foreach (RunStatus run in new RunFollower(client, TimeProvider.System).FollowAsync(runId, isExpected: true))
        {
            if (run.State == state)
            {
                return run;
            }
        }

        Assert.Fail($"The run ended without being seen as {state}.");
        return null;
    }

    private static async Task<string> DropAsync(Uri blobs)
    {
        BlobContainerClient datasets = new BlobServiceClient(new AzuriteConnection(blobs.Port).ConnectionString).GetBlobContainerClient(DroppedBlobs.Container);
        await datasets.CreateIfNotExistsAsync();
        await datasets.GetBlobClient("incoming/chat.run.json").UploadAsync(BinaryData.FromString(RunningHost.Request(timeToLive: "PT1H")));
        Azure.Response<Azure.Storage.Blobs.Models.BlobContentInfo> blob =
            await datasets.GetBlobClient("incoming/chat.parquet").UploadAsync(RunningHost.Sample("support-chat.parquet"));
        return RunIds.ForDrop(new DroppedDataset(datasets.Name, "incoming/chat.parquet", blob.Value.ETag.ToString()));
    }

    private IReadOnlyList<(string Method, string Path, int Status)> Requests()
    {
        using var log = new StreamReader(new FileStream(
            Path.Combine(_folder, "cloud", "requests.jsonl"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var entries = new List<JsonNode?>();
        while (log.ReadLine() is { } line)
        {
            if (line.EndsWith('}'))
            {
                entries.Add(JsonNode.Parse(line));
            }
        }

        return CloudState.Read(entries);
    }
}
