using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FineTune.Api;
using FineTune.Durable;
using FineTune.LocalHost.Client;
using FineTune.LocalHost.Output;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Runs;

namespace FineTune.LocalHost.Commands;

/// <summary><c>finetune list</c>: the runs of a host.</summary>
internal static class ListCommand
{
    public static Command Create(CommandContext context)
    {
        var state = new Option<RunState?>("--state")
        {
            Description = "Only runs in this state, such as Training or Failed.",
            HelpName = "state",
            CustomParser = static result =>
            {
                string text = result.Tokens[0].Value;
                string[] states = Enum.GetNames<RunState>();
                if (states.FirstOrDefault(name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase)) is { } name)
                {
                    return Enum.Parse<RunState>(name);
                }

                result.AddError($"--state takes one of {string.Join(", ", states)}; not '{text}'.");
                return null;
            },
        };
        var limit = new Option<int>("--limit") { Description = $"How many at most, 1 to {RunQuery.MaxLimit}.", DefaultValueFactory = static _ => 20, HelpName = "number" };
        Option<bool> json = CommonOptions.Json();
        Option<Uri> url = CommonOptions.Url();
        var command = new Command("list", "Lists runs, newest first.") { state, limit, json, url };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = new FineTuneClient(parsed.GetRequiredValue(url));
            IReadOnlyList<RunStatus> runs = await client.ListAsync(parsed.GetValue(state), parsed.GetValue(limit), cancellationToken);
            if (parsed.GetValue(json))
            {
                await context.Output.WriteLineAsync(JsonSerializer.Serialize(new RunList(runs), DurableJson.Options));
                return ExitCode.Success;
            }

            Print(context.Screen, runs);
            return ExitCode.Success;
        });
        return command.WithExamples("""
              finetune list
              finetune list --state Serving
              finetune list --json
            """);
    }

    private static void Print(Screen screen, IReadOnlyList<RunStatus> runs)
    {
        if (runs.Count == 0)
        {
            screen.Write("No runs. 'finetune submit FILE' starts one.");
            return;
        }

        screen.Write(string.Create(CultureInfo.InvariantCulture, $"{"RUN",-20}  {"STATE",-19}  {"STARTED (UTC)",-16}  DATASET"), Screen.Strong);
        foreach (RunStatus run in runs)
        {
            string dataset = run.DatasetPath ?? "";
            screen.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{run.RunId,-20}  {run.State,-19}  {run.StartedAt,-16:yyyy-MM-dd HH:mm}  {(dataset.Length > 17 ? string.Concat("…", dataset.AsSpan(dataset.Length - 16)) : dataset)}"));
        }
    }
}
