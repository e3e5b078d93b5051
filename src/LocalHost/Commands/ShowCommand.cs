using System.CommandLine;
using System.Text.Json;
using FineTune.Durable;
using FineTune.LocalHost.Client;
using FineTune.LocalHost.Output;
using FineTune.Workflow.Contracts;

namespace FineTune.LocalHost.Commands;

/// <summary><c>finetune show</c>: one run, with all that is known of it.</summary>
internal static class ShowCommand
{
    private const int Indent = 11;

    public static Command Create(CommandContext context)
    {
        Argument<string> id = CommonOptions.RunId();
        Option<bool> json = CommonOptions.Json();
        Option<Uri> url = CommonOptions.Url();
        var command = new Command("show", "Shows a run with all that is known of it.") { id, json, url };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = new FineTuneClient(parsed.GetRequiredValue(url));
            string runId = parsed.GetRequiredValue(id);
            RunStatus run = await client.FindAsync(runId, cancellationToken)
                ?? throw new CommandFailedException($"There is no run '{runId}'. 'finetune list' shows the runs that there are.");
            if (parsed.GetValue(json))
            {
                await context.Output.WriteLineAsync(JsonSerializer.Serialize(run, DurableJson.Options));
            }
            else
            {
                Print(context.Screen, run);
            }

            return ExitCode.Success;
        });
        return command.WithExamples("""
              finetune show run-0f3c9a12de45b678
              finetune show run-0f3c9a12de45b678 --json
            """);
    }

    private static void Print(Screen screen, RunStatus run)
    {
        screen.WriteLabelled("Run", $"{run.RunId}  {run.State}", Screen.Strong, Indent);
        foreach ((string label, string? text) in (ReadOnlySpan<(string, string?)>)
        [
            ("Dataset", run.DatasetPath),
            ("Job", run.Job is null ? null : $"{run.Job.Job.Name} ({run.Job.Job.Status})"),
            ("Studio", run.Job?.Job.StudioUrl),
            ("Named", run.DisplayName),
            ("Model", run.Model is null ? null : $"{run.Model.Name}:{run.Model.Version}"),
            ("Endpoint", run.Endpoint is null ? null : Describe(run.Endpoint)),
            ("Scoring", run.Endpoint is { Deleted: false } ? run.Endpoint.ScoringUri : null),
            ("Report", run.ReportUri ?? run.DatasetReportUri),
        ])
        {
            if (text is not null)
            {
                screen.WriteLabelled(label, text, null, Indent);
            }
        }

        screen.Gap();
        new RunPrinter(screen).Print(run);
        if (run.Failure is not null)
        {
            screen.Gap();
            screen.PrintFailure(run.Failure);
            screen.PrintFindings(run.Findings, run.Findings.Count);
        }
    }

    private static string Describe(EndpointStatus endpoint) => endpoint switch
    {
        { Deleted: true } => $"{endpoint.Name}, deleted",
        { ExpiresAt: null } => $"{endpoint.Name}, kept: it bills until somebody deletes it",
        _ => $"{endpoint.Name}, until {endpoint.ExpiresAt:yyyy-MM-dd HH:mm:ss} UTC",
    };
}
