using System.Text.Json.Nodes;
using Azure.Storage.Blobs.Models;
using FineTune.Tests.Shared;
using FineTune.Workflow.Contracts;

namespace FineTune.EndToEnd.Tests;

public sealed class RoadTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [Fact]
    public async Task A_dropped_dataset_becomes_a_tested_endpoint_and_is_torn_down_again()
    {
        await using RunningHost host = await RunningHost.StartAsync(azurite);
        await host.DropAsync("incoming/chat.run.json", BinaryData.FromString(RunningHost.Request()));
        string runId = await host.DropAsync("incoming/chat.parquet", RunningHost.Sample("support-chat.parquet"));

        RunStatus run = await host.FollowAsync(runId);

        Assert.Null(run.Failure);
        Assert.Equal(
            [
                RunState.Settling, RunState.Planning, RunState.PreparingDataset, RunState.ProvisioningCompute, RunState.Submitting, RunState.Training,
                RunState.Reviewing, RunState.Registering, RunState.Deploying, RunState.SmokeTesting, RunState.Serving, RunState.TearingDown, RunState.Completed,
            ],
            run.Steps.Select(step => step.State));
        Assert.InRange(Served(run), TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(31));
        Assert.Equal(2, run.Job!.Epochs.Count);
        Assert.True(run.Job.Epochs[1].EvalLoss < run.Job.Epochs[0].EvalLoss, "The evaluation loss did not fall.");
        await AssertOneOfEachAndNothingLeftAsync(host);

        JsonNode dataset = await host.RecordAsync(runId, "dataset-report.json");
        Assert.Equal(364, (int)dataset["rows"]!);
        JsonArray answers = (await host.RecordAsync(runId, "smoke-test.json")).AsArray();
        Assert.NotEmpty((string)answers[0]!["question"]!);
        Assert.NotEmpty((string)answers[0]!["answer"]!);
        Assert.Equal(nameof(RunState.Completed), (string)(await host.RecordAsync(runId, "report.json"))["state"]!);
    }

    [Fact]
    public async Task A_drop_is_handled_once_over_restarts_and_its_blobs_stay_as_they_were()
    {
        await using RunningHost host = await RunningHost.StartAsync(azurite);
        await host.DropAsync("incoming/chat.run.json", BinaryData.FromString(RunningHost.Request()));
        string runId = await host.DropAsync("incoming/chat.parquet", RunningHost.Sample("support-chat.parquet"));
        await host.FollowAsync(runId);
        Dictionary<string, string> before = await ETagsAsync(host);

        // Even where the engine has forgotten the run, its record has not.
        Assert.True(await host.Engine.PurgeInstanceAsync(runId));
        await host.RestartAsync();
        string later = await host.DropAsync("incoming/later.parquet", RunningHost.Sample("support-chat.parquet"));
        await host.FollowAsync(later);

        Assert.Null(await host.Client.FindAsync(runId, CancellationToken.None));
        before.Add("incoming/later.parquet", (await ETagsAsync(host))["incoming/later.parquet"]);
        Assert.Equal(before, await ETagsAsync(host));
    }

    [Fact]
    public async Task A_request_over_http_is_one_run_however_often_it_is_sent()
    {
        await using RunningHost host = await RunningHost.StartAsync(azurite);
        await host.DropAsync("shared/chat.parquet", RunningHost.Sample("support-chat.parquet"));
        string request = RunningHost.Request("shared/chat.parquet");

        string runId = await host.Client.StartAsync(request, "order-7", CancellationToken.None);
        Assert.Equal(runId, await host.Client.StartAsync(request, "order-7", CancellationToken.None));
        await host.Engine.WaitForInstanceCompletionAsync(runId);
        Assert.Equal(runId, await host.Client.StartAsync(request, "order-7", CancellationToken.None));

        RunStatus run = Assert.Single(await host.Client.ListAsync(state: null, limit: 10, CancellationToken.None));
        Assert.Equal(RunState.Completed, run.State);
        await AssertOneOfEachAndNothingLeftAsync(host);
    }

    [Fact]
    public async Task A_dataset_with_bad_rows_is_refused_before_anything_is_created_and_every_bad_row_is_named()
    {
        await using RunningHost host = await RunningHost.StartAsync(azurite);
        string runId = await host.DropAsync("incoming/bad.jsonl", RunningHost.Sample("support-chat-with-bad-rows.jsonl"));

        RunStatus run = await host.FollowAsync(runId);

        Assert.Equal(RunState.Failed, run.State);
        Assert.NotNull(run.Failure?.NextStep);
        JsonArray findings = (await host.RecordAsync(runId, "dataset-report.json"))["findings"]!.AsArray();
        Assert.Equal(12, findings.Select(finding => (long)finding!["row"]!).Distinct().Count());
        Assert.All(findings, finding => Assert.NotEmpty((string)finding!["reason"]!));
        CloudState cloud = await host.CloudAsync();
        Assert.DoesNotContain(cloud.Requests, request => request.Method is "PUT" or "PATCH" or "DELETE");
    }

    [Fact]
    public async Task A_run_json_that_is_wrong_fails_its_run_with_every_field_that_is()
    {
        await using RunningHost host = await RunningHost.StartAsync(azurite);
        await host.DropAsync("incoming/chat.run.json", BinaryData.FromString("""{"timeToLive":"soon","colour":1}"""));
        string runId = await host.DropAsync("incoming/chat.parquet", RunningHost.Sample("support-chat.parquet"));

        RunStatus run = await host.FollowAsync(runId);

        Assert.Equal("RunRequestInvalid", run.Failure?.Code);
        Assert.Contains("$.timeToLive", run.Failure!.Message, StringComparison.Ordinal);
        Assert.Contains("$.colour", run.Failure.Message, StringComparison.Ordinal);
    }

    private static TimeSpan Served(RunStatus run)
    {
        RunStep serving = run.Steps.Single(step => step.State == RunState.Serving);
        return serving.EndedAt!.Value - serving.StartedAt;
    }

    private static async Task AssertOneOfEachAndNothingLeftAsync(RunningHost host)
    {
        CloudState cloud = await host.CloudAsync();
        Assert.Equal(["Completed"], cloud.JobStatuses);
        Assert.Single(cloud.Models);
        Assert.Empty(cloud.Endpoints);
        Assert.Single(CloudState.Created(cloud.Requests, "jobs"));
        Assert.Single(CloudState.Created(cloud.Requests, "models", segments: 3));
        Assert.Single(CloudState.Created(cloud.Requests, "onlineEndpoints"));
    }

    private static async Task<Dictionary<string, string>> ETagsAsync(RunningHost host)
    {
        var etags = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (BlobItem blob in host.Datasets.GetBlobsAsync())
        {
            etags.Add(blob.Name, blob.Properties.ETag.ToString()!);
        }

        return etags;
    }
}
