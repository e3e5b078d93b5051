using System.CommandLine;
using FineTune.LocalHost.Client;
using FineTune.LocalHost.Output;
using Microsoft.Extensions.Options;

namespace FineTune.LocalHost.Commands;

/// <summary>The command line.</summary>
internal static class FineTuneCommand
{
    // Azurite saves and the engine hands back its work within this time; then the process ends all the same.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="errors">Standard error.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> InvokeAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        var context = new CommandContext(
            output, Screen.On(output, !Console.IsOutputRedirected), Screen.On(errors, !Console.IsErrorRedirected), TimeProvider.System);
        ParseResult parsed = Build(context).Parse(arguments);
        IReadOnlyList<string> typingErrors = TypingErrors.Of(parsed);
        if (parsed.Errors.Count + typingErrors.Count > 0)
        {
            // What a mistyped name leads to besides is not what the person has to put right.
            foreach (string error in typingErrors.Count > 0 ? typingErrors : parsed.Errors.Select(error => error.Message))
            {
                context.Errors.Write(error, Screen.Bad);
            }

            context.Errors.Write($"'{CommandLineOf(parsed)} --help' shows what it takes.");
            return parsed.CommandResult.Command.Name is ValidateCommand.Name or PrepareCommand.Name ? ExitCode.Failure : ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = errors,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TerminationTimeout,
            });
        }
        catch (OptionsValidationException error)
        {
            context.Errors.Write("The settings are not valid:", Screen.Bad);
            foreach (string failure in error.Failures)
            {
                context.Errors.Write(failure, null, 2);
            }

            context.Errors.Write("docs/local-host.md describes all settings.");
            return ExitCode.Usage;
        }
        catch (Exception error) when (error is CommandFailedException or ApiException or HostUnreachableException)
        {
            context.Errors.Write(error.Message, Screen.Bad);
            return ExitCode.Failure;
        }
        catch (OperationCanceledException)
        {
            context.Errors.Write("Stopped.", Screen.Notice);
            return ExitCode.Failure;
        }
    }

    private static RootCommand Build(CommandContext context)
    {
        var root = new RootCommand("Fine-tunes chat models on Azure Machine Learning: from a dataset to a tested endpoint, and everything torn down again.")
        {
            DemoCommand.Create(context),
            ServeCommand.Create(context),
            SubmitCommand.Create(context),
            ListCommand.Create(context),
            ShowCommand.Create(context),
            WatchCommand.Create(context),
            CancelCommand.Create(context),
            ValidateCommand.Create(context),
            PrepareCommand.Create(context),
        };
        root.WithExamples("""
              finetune demo                        the whole road, in a minute
              finetune serve                       a host that waits for datasets
              finetune submit chat.jsonl --watch   a dataset, followed to its end
            """);
        Examples.Show(root);
        return root;
    }

    private static string CommandLineOf(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand ? "finetune" : $"finetune {parsed.CommandResult.Command.Name}";
}
