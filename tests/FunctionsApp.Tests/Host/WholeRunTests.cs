using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using FineTune.Durable;
using FineTune.EndToEnd.Tests;
using FineTune.FunctionsApp.Durable;
using FineTune.FunctionsApp.Functions;
using FineTune.Simulator;
using FineTune.Tests.Shared;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moq;

namespace FineTune.FunctionsApp.Tests.Host;

/// <summary>
/// A dropped dataset's whole life through the app's own functions and services, on Microsoft's in-process host, with blobs in
/// Azurite and the simulator for Azure ML.
/// </summary>
public sealed class WholeRunTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private const string Request =
        """{"dataset":{"splitPercent":100},"parameters":{"num_train_epochs":2,"learning_rate":3e-5},"timeToLive":"PT30M"}""";

    [Fact]
    public async Task A_dropped_dataset_becomes_a_tested_endpoint_and_is_torn_down_again()
    {
        string folder = Directory.CreateTempSubdirectory("finetune-functions-").FullName;
        try
        {
            await RunAsync(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task RunAsync(string folder)
    {
        var clock = new FastClock(speed: 400);
        await using WebApplication simulator = SimulatorApplication.Build(
            new SimulatorOptions { DataDirectory = folder, Port = 0, BlobConnectionString = azurite.Connection.ConnectionString, FlushToDisk = false }, clock.Time);
        await simulator.StartAsync();
        ServiceProvider services = Services(clock.Time, SimulatorApplication.BaseAddress(simulator));
        await using ConfiguredAsyncDisposable _ = services.ConfigureAwait(true);
        await using DurableTaskTestHost host = await InProcessHost.StartAsync(
            services.GetRequiredService<DurableTaskRegistry>(), clock, _ => { }, _ => services);
        var client = new DurableFunctionsClient(host.Client, services.GetRequiredService<DurableTaskRegistry>());

        BlobContainerClient datasets = azurite.Service.GetBlobContainerClient(DroppedBlobs.Container);
        await datasets.CreateIfNotExistsAsync();
        string name = $"incoming/chat-{Guid.NewGuid():N}.parquet";
        await datasets.GetBlobClient(name + ".run.json").UploadAsync(BinaryData.FromString(Request));
        BlobClient blob = datasets.GetBlobClient(name);
        await blob.UploadAsync(Path.Combine(AppContext.BaseDirectory, "samples", "support-chat.parquet"));

        // The event comes twice, the timer looks as well, and the request beside the dataset has an event of its own: one run.
        await CallAsync(services, context => services.GetRequiredService<DatasetFunctions>().DatasetDropped(blob, host.Client, context));
        await CallAsync(services, context => services.GetRequiredService<DatasetFunctions>().DatasetDropped(blob, host.Client, context));
        await CallAsync(services, context => services.GetRequiredService<DatasetFunctions>().DatasetDropped(datasets.GetBlobClient(name + ".run.json"), host.Client, context));
        string runId = RunIds.ForDrop(new DroppedDataset(DroppedBlobs.Container, name, (await blob.GetPropertiesAsync()).Value.ETag.ToString()));
        await CallAsync(services, context => services.GetRequiredService<JobEventFunctions>().JobChanged(
            $$"""{"eventType":"Microsoft.MachineLearningServices.RunStatusChanged","data":{"runId":"{{ResourceNames.Job(runId)}}","runStatus":"Running"} }""", host.Client, context));

        OrchestrationMetadata ended = await client.WaitForInstanceCompletionAsync(runId);

        RunStatus run = ended.CustomStatus!.Value.Deserialize<RunStatus>(DurableJson.Options)!;
        Assert.True(run.Failure is null, $"{run.Failure}");
        Assert.Equal(
            [
                RunState.Settling, RunState.Planning, RunState.PreparingDataset, RunState.ProvisioningCompute, RunState.Submitting, RunState.Training,
                RunState.Reviewing, RunState.Registering, RunState.Deploying, RunState.SmokeTesting, RunState.Serving, RunState.TearingDown, RunState.Completed,
            ],
            run.Steps.Select(step => step.State));
        Assert.Equal(2, run.Job!.Epochs.Count);
        Assert.True(run.Job.Epochs[1].EvalLoss < run.Job.Epochs[0].EvalLoss, "The evaluation loss did not fall.");
        await AssertOneOfEachAndNothingLeftAsync(SimulatorApplication.BaseAddress(simulator));
        await AssertShownByTheApiAsync(services, host, runId);

        // A tidy store: no test of this assembly may find these drops.
        await datasets.DeleteBlobAsync(name);
        await datasets.DeleteBlobAsync(name + ".run.json");
    }

    private ServiceProvider Services(TimeProvider time, Uri simulator)
    {
        var options = new SimulatorOptions { DataDirectory = "" };
        IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["FineTune:Workspace:SubscriptionId"] = options.SubscriptionId,
            ["FineTune:Workspace:ResourceGroup"] = options.ResourceGroup,
            ["FineTune:Workspace:Name"] = options.WorkspaceName,
            ["FineTune:Workspace:SimulatorUri"] = $"{simulator}",
            ["FineTune:Drops:SettlingTime"] = "00:00:02",
            ["Datasets"] = azurite.Connection.ConnectionString,
        }).Build();
        return new ServiceCollection()
            .AddSingleton(_ => new DiagnosticListener("Microsoft.AspNetCore"))
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning))
            .AddSingleton(time)
            .AddFineTune(configuration)
            .AddSingleton<ApiFunctions>().AddSingleton<DatasetFunctions>().AddSingleton<JobEventFunctions>().AddSingleton<SweeperFunctions>()
            .BuildServiceProvider(validateScopes: true);
    }

    private static async Task CallAsync(IServiceProvider services, Func<FunctionContext, Task> function)
    {
        await using AsyncServiceScope scope = services.CreateAsyncScope();
        var context = new Mock<FunctionContext>();
        context.Setup(x => x.InstanceServices).Returns(scope.ServiceProvider);
        context.Setup(x => x.FunctionDefinition).Returns(Mock.Of<FunctionDefinition>(definition => definition.Name == "ReadRuns"));
        await function(context.Object);
    }

    private static async Task AssertOneOfEachAndNothingLeftAsync(Uri simulator)
    {
        using var http = new HttpClient();
        CloudState cloud = await CloudState.ReadAsync(http, simulator);
        Assert.Equal(["Completed"], cloud.JobStatuses);
        Assert.Single(cloud.Models);
        Assert.Empty(cloud.Endpoints);
        Assert.Single(CloudState.Created(cloud.Requests, "jobs"));
        Assert.Single(CloudState.Created(cloud.Requests, "onlineEndpoints"));
        Assert.Single(CloudState.Created(cloud.Requests, "deployments"));
    }

    private static Task AssertShownByTheApiAsync(IServiceProvider services, DurableTaskTestHost host, string runId) => CallAsync(services, async context =>
    {
        var http = new DefaultHttpContext
        {
            Request = { Method = "GET", Path = $"/api/runs/{runId}/records/report.json" },
            Response = { Body = new MemoryStream() },
        };
        await services.GetRequiredService<ApiFunctions>().ReadRuns(http.Request, host.Client, context).ExecuteAsync(http);
        http.Response.Body.Position = 0;
        Assert.Equal("Completed", (string?)(await JsonNode.ParseAsync(http.Response.Body))!["state"]);
    });
}
