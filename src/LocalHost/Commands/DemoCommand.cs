using System.CommandLine;
using FineTune.LocalHost.Configuration;
using FineTune.Workflow.Rules;

namespace FineTune.LocalHost.Commands;

/// <summary><c>finetune demo</c>: the whole road, once, on this machine.</summary>
internal static class DemoCommand
{
    private const double DefaultSpeed = 150;

    public static Command Create(CommandContext context)
    {
        var dataset = new Option<FileInfo>("--dataset") { Description = "A dataset of yours: .jsonl, .json, .csv, .tsv (each also .gz, .zst) or .parquet (default: the sample support-chat.parquet).", HelpName = "file" };
        dataset.AcceptExistingOnly();
        dataset.Validators.Add(static result =>
        {
            if (result.Tokens is [{ } token] && !DroppedBlobs.IsDataset(Path.GetFileName(token.Value)))
            {
                result.AddError($"--dataset takes a file that ends in {string.Join(" or ", DroppedBlobs.DatasetExtensions)}, not '{token.Value}'.");
            }
        });
        Option<double?> speed = CommonOptions.Speed("How much faster than real time everything goes (default: 150).");
        var data = new Option<string?>("--data") { Description = "Keeps the host's state in this folder (default: a temporary one, removed at the end).", HelpName = "folder" };
        var ephemeral = new Option<bool>("--ephemeral") { Description = "Keeps nothing, not even the reports." };
        Option<bool> verbose = CommonOptions.Verbose();
        var command = new Command("demo", "Shows the whole road on this machine: drops a dataset and follows its run through training, registration, deployment, smoke test and teardown.")
        {
            dataset, speed, data, ephemeral, verbose,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string folder = parsed.GetValue(data) ?? Directory.CreateTempSubdirectory("finetune-demo-").FullName;
            bool isTemporary = parsed.GetValue(data) is null;
            var settings = new HostSettings
            {
                Port = 0,
                Data = isTemporary ? Path.Combine(folder, "host") : folder,
                Speed = parsed.GetValue(speed) ?? DefaultSpeed,
                Storage = new StorageSettings { AzuritePort = 0, AzuriteInMemory = isTemporary },
                Simulator = new SimulatorSettings { Port = 0 },
                Drops = new DropSettings { Interval = TimeSpan.FromMilliseconds(250), SettlingTime = TimeSpan.FromMilliseconds(250) },
            };
            var demo = new Demo(context, settings, parsed.GetValue(dataset)?.FullName ?? Demo.SampleDataset, Path.Combine(folder, "report"), parsed.GetValue(verbose));
            try
            {
                return await demo.RunAsync(keepReports: !parsed.GetValue(ephemeral), cancellationToken);
            }
            finally
            {
                Remove(isTemporary, parsed.GetValue(ephemeral), folder, settings.Data);
            }
        });
        return command.WithExamples("""
              finetune demo
              finetune demo --dataset conversations.jsonl
              finetune demo --speed 30 --data .finetune-demo
            """);
    }

    private static void Remove(bool isTemporary, bool everything, string folder, string state)
    {
        if (isTemporary && Directory.Exists(state))
        {
            Directory.Delete(state, recursive: true);
        }

        // Another folder is the person's own; only what this command put there goes.
        string gone = isTemporary ? folder : Path.Combine(folder, "report");
        if (everything && Directory.Exists(gone))
        {
            Directory.Delete(gone, recursive: true);
        }
    }
}
