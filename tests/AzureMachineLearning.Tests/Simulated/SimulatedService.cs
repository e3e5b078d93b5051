using System.Text.Json;
using FineTune.Simulator;
using FineTune.Simulator.Faults;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace FineTune.AzureMachineLearning.Tests.Simulated;

/// <summary>A simulated workspace in this process, over virtual time, with a client for it.</summary>
internal sealed class SimulatedService : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly WebApplication _application;

    private SimulatedService(DirectoryInfo folder, WebApplication application)
    {
        (_folder, _application) = (folder, application);
        var options = new AzureMachineLearningClientOptions { Cloud = AzureMachineLearningCloud.Loopback(SimulatorApplication.BaseAddress(application)) };
        options.Retry.Delay = TimeSpan.FromTicks(1);
        options.Retry.MaxDelay = TimeSpan.FromTicks(1);
        var names = new SimulatorOptions { DataDirectory = "" };
        Client = new AzureMachineLearningClient(
            new WorkspaceIdentifier(names.SubscriptionId, names.ResourceGroup, names.WorkspaceName), new ConstantCredential("local"), options);
    }

    public VirtualClock Clock { get; private init; } = null!;

    public AzureMachineLearningClient Client { get; }

    public static async Task<SimulatedService> StartAsync(params FaultRule[] faults)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("aml-client-");
        var clock = new VirtualClock();
        WebApplication application = SimulatorApplication.Build(
            new SimulatorOptions
            {
                DataDirectory = Path.Combine(folder.FullName, "state"),
                DatastoreBlobs = new FolderBlobs(Path.Combine(folder.FullName, "blobs")),
                TrainingWait = TimeSpan.FromMinutes(2),
                PageSize = 2,
                FlushToDisk = false,
                Faults = new FaultPlan(faults),
            },
            clock);
        await application.StartAsync();
        return new SimulatedService(folder, application) { Clock = clock };
    }

    /// <summary>Puts chat rows where an upload would, and gives the job input for them.</summary>
    public JobAssetInput Upload(string fileName, int rows)
    {
        string container = _application.Services.GetRequiredService<Simulation>().ContainerName;
        string directory = Path.Combine(_folder.FullName, "blobs", container, "LocalUpload", "0123");
        Directory.CreateDirectory(directory);
        string[] lamps = ["desk lamp", "floor lamp", "ceiling light", "night light"];
        File.WriteAllLines(Path.Combine(directory, fileName), Enumerable.Range(0, rows).Select(i => JsonSerializer.Serialize(new
        {
            prompt = "p",
            messages = new[]
            {
                new { role = "user", content = $"Does the {lamps[i % lamps.Length]} dim?" },
                new { role = "assistant", content = $"Yes, the {lamps[i % lamps.Length]} dims to ten percent." },
            },
            prompt_id = $"{i}",
        })));
        return new JobAssetInput("uri_file", $"azureml://datastores/workspaceblobstore/paths/LocalUpload/0123/{fileName}");
    }

    /// <summary>A job that trains in a moment on the newest model and component.</summary>
    public async Task<PipelineJobSpec> SpecAsync(string name)
    {
        RegistryModel model = await Client.Registry.GetModelAsync(new ModelReference());
        RegistryComponent component = await Client.Registry.GetComponentAsync(new ComponentReference());
        return new PipelineJobSpec
        {
            Name = name,
            DisplayName = "lamps",
            ExperimentName = "chat_completion_lamps",
            ComponentId = component.Id,
            AssetInputs = new Dictionary<string, JobAssetInput>
            {
                ["mlflow_model_path"] = new("mlflow_model", model.Id),
                ["train_file_path"] = Upload("train.jsonl", 24),
                ["validation_file_path"] = Upload("validation.jsonl", 8),
                ["test_file_path"] = Upload("test.jsonl", 8),
            },
            LiteralInputs = new Dictionary<string, string>
            {
                ["compute_model_import"] = "gpu",
                ["compute_preprocess"] = "gpu",
                ["compute_finetune"] = "gpu",
                ["number_of_gpu_to_use_finetuning"] = "1",
                ["num_train_epochs"] = "2",
                ["learning_rate"] = "5e-06",
                ["deepspeed_stage"] = "2",
                ["precision"] = "16",
                ["apply_lora"] = "true",
            },
            Tags = new Dictionary<string, string> { ["run"] = name },
        };
    }

    /// <summary>Creates the cluster that <see cref="SpecAsync"/> names.</summary>
    public async Task CreateClusterAsync() =>
        await FinishAsync(await Client.ComputeClusters.BeginCreateAsync(new ComputeRequest { Name = "gpu" }, lowPriority: false));

    /// <summary>Polls an operation, minute after minute, until it has ended.</summary>
    public async Task<OperationStatus> FinishAsync(OperationReference? operation)
    {
        Assert.NotNull(operation);
        Assert.Equal(OperationState.Running, (await Client.Operations.GetStatusAsync(operation)).State);
        for (int minute = 0; minute < 60; minute++)
        {
            Clock.Advance(TimeSpan.FromMinutes(1));
            if (await Client.Operations.GetStatusAsync(operation) is { State: not OperationState.Running } ended)
            {
                return ended;
            }
        }

        throw new InvalidOperationException($"Still running after an hour: {operation.Url}");
    }

    /// <summary>Watches a job, five minutes after five minutes, until it has ended.</summary>
    public async Task<JobSnapshot> FinishJobAsync(string name)
    {
        for (int i = 0; i < 100; i++)
        {
            if (await Client.Jobs.GetAsync(name) is { State: not JobState.Active } ended)
            {
                return ended;
            }

            Clock.Advance(TimeSpan.FromMinutes(5));
        }

        throw new InvalidOperationException($"Still running: {name}");
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
