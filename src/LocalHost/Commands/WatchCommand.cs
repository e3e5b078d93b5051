using System.CommandLine;
using FineTune.LocalHost.Client;
using FineTune.LocalHost.Output;
using FineTune.Workflow.Contracts;

namespace FineTune.LocalHost.Commands;

/// <summary><c>finetune watch</c>: follows a run to its end.</summary>
internal static class WatchCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> id = CommonOptions.RunId();
        Option<Uri> url = CommonOptions.Url();
        var command = new Command("watch", "Follows a run to its end. Ctrl+C stops following; the run goes on.") { id, url };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = new FineTuneClient(parsed.GetRequiredValue(url));
            return await FollowAsync(context, client, parsed.GetRequiredValue(id), cancellationToken);
        });
        return command.WithExamples("  finetune watch run-0f3c9a12de45b678 && echo done");
    }

    /// <summary>Prints a run as it goes on.</summary>
    /// <returns>Success when it is Completed.</returns>
    public static async Task<int> FollowAsync(CommandContext context, FineTuneClient client, string runId, CancellationToken cancellationToken)
    {
        var printer = new RunPrinter(context.Screen);
        RunStatus? last = null;
        await foreach (RunStatus run in new RunFollower(client, context.Time).FollowAsync(runId, cancellationToken: cancellationToken))
        {
            printer.Print(last = run);
        }

        if (last?.Failure is not null)
        {
            context.Screen.Gap();
            context.Screen.PrintFailure(last.Failure);
            context.Screen.PrintFindings(last.Findings, last.Findings.Count);
        }

        return last?.State == RunState.Completed ? ExitCode.Success : ExitCode.Failure;
    }
}
