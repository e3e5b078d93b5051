using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Azure;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using FineTune.LocalHost.Azurite;
using FineTune.LocalHost.Client;
using FineTune.LocalHost.Configuration;
using FineTune.LocalHost.Output;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.LocalHost.Commands;

/// <summary><c>finetune submit</c>: starts a run on a local file or on a blob.</summary>
internal static class SubmitCommand
{
    public static Command Create(CommandContext context)
    {
        var dataset = new Argument<string>("dataset")
        {
            Description = "A file here, which is uploaded: .jsonl, .json, .csv, .tsv (each also .gz, .zst) or .parquet; or a blob or folder/ of the container 'datasets'.",
        };
        var request = new Option<string?>("--request", "-r") { Description = "A JSON file with what the run should be like; defaults for all that it leaves out.", HelpName = "file" };
        var watch = new Option<bool>("--watch", "-w") { Description = "Follows the run to its end." };
        Option<Uri> url = CommonOptions.Url();
        var command = new Command("submit", "Starts a run.") { dataset, request, watch, url };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = new FineTuneClient(parsed.GetRequiredValue(url));
            string named = parsed.GetRequiredValue(dataset);
            JsonObject body = await ReadRequestAsync(parsed.GetValue(request), cancellationToken);
            string path = File.Exists(named) ? await UploadAsync(context, named, cancellationToken) : named;
            ((JsonObject)(body["dataset"] ??= new JsonObject()))["path"] = path;
            string runId = await client.StartAsync(body.ToJsonString(), Guid.NewGuid().ToString("N"), cancellationToken);
            if (!parsed.GetValue(watch))
            {
                string blob = path == named ? $"the blob {path} (there is no such file here)" : path;
                context.Screen.Write($"{runId} started on {blob}. 'finetune watch {runId}' follows it.");
                return ExitCode.Success;
            }

            return await WatchCommand.FollowAsync(context, client, runId, cancellationToken);
        });
        return command.WithExamples("""
              finetune submit chat.jsonl --watch
              finetune submit chat.parquet --request run.json
              finetune submit shared/ultrachat/
            """);
    }

    /// <summary>Reads the request file. Checked here, where its lines are still those that the person wrote.</summary>
    private static async Task<JsonObject> ReadRequestAsync(string? file, CancellationToken cancellationToken)
    {
        if (file is null)
        {
            return [];
        }

        byte[] json;
        try
        {
            json = await File.ReadAllBytesAsync(file, cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The request can't be read: {error.Message}");
        }

        RunRequestReadResult read = RunRequestReader.Read(json, new RunRequest());
        return read.Request is null
            ? throw new CommandFailedException(string.Join('\n', read.Errors.Select(error => $"{file}: {error}")))
            : JsonNode.Parse(json)!.AsObject();
    }

    /// <summary>Uploads a file under a name made from its content: the same file again is there already.</summary>
    private static async Task<string> UploadAsync(CommandContext context, string file, CancellationToken cancellationToken)
    {
        if (!DroppedBlobs.IsDataset(Path.GetFileName(file)))
        {
            throw new CommandFailedException($"{file} is no dataset: it must end in {string.Join(" or ", DroppedBlobs.DatasetExtensions)}.");
        }

        HostSettings settings = HostSettings.Load();
        settings.Check();
        BlobContainerClient container = Account(settings.Storage).GetBlobContainerClient(settings.Storage.DatasetsContainer);
        try
        {
            await using FileStream content = File.OpenRead(file);
            string hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken))[..16];
            string name = $"uploads/{hash}/{Path.GetFileName(file)}";
            BlobClient blob = container.GetBlobClient(name);
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            if (!await blob.ExistsAsync(cancellationToken))
            {
                context.Screen.Write($"Uploading {Path.GetFileName(file)} ({ByteText.Of(content.Length)}) to {container.Name}/{name} ...");
                content.Position = 0;
                await blob.UploadAsync(content, new BlobUploadOptions(), cancellationToken);
            }

            return name;
        }
        catch (Exception error) when (error is RequestFailedException or AggregateException or IOException or UnauthorizedAccessException)
        {
            string reason = error is RequestFailedException { ErrorCode: { } code } ? code : error.GetBaseException().Message;
            throw new CommandFailedException(
                $"{file} could not be uploaded to {container.Uri.GetLeftPart(UriPartial.Path)}: {reason}\n"
                + "Is 'finetune serve' running? The storage settings (FineTune__Storage__...) must be the host's own.");
        }
    }

    private static BlobServiceClient Account(StorageSettings storage) => storage switch
    {
        { ServiceUri: { } address } => new BlobServiceClient(address, new DefaultAzureCredential()),
        { ConnectionString: { } connection } => new BlobServiceClient(connection),
        _ => new BlobServiceClient(new AzuriteConnection(storage.AzuritePort).ConnectionString, new BlobClientOptions { Retry = { MaxRetries = 1 } }),
    };
}
