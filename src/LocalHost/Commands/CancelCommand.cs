using System.CommandLine;
using FineTune.LocalHost.Client;

namespace FineTune.LocalHost.Commands;

/// <summary><c>finetune cancel</c>: ends a run with everything removed.</summary>
internal static class CancelCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> id = CommonOptions.RunId();
        var reason = new Option<string?>("--reason") { Description = "Why, for the run's report.", HelpName = "text" };
        Option<Uri> url = CommonOptions.Url();
        var command = new Command("cancel", "Ends a run: its job is canceled and its endpoint deleted.") { id, reason, url };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = new FineTuneClient(parsed.GetRequiredValue(url));
            string runId = parsed.GetRequiredValue(id);
            await client.CancelAsync(runId, parsed.GetValue(reason), cancellationToken);
            context.Screen.Write($"{runId} is being canceled. 'finetune watch {runId}' shows when nothing of it is left.");
            return ExitCode.Success;
        });
        return command.WithExamples("""  finetune cancel run-0f3c9a12de45b678 --reason "wrong dataset" """.TrimEnd());
    }
}
