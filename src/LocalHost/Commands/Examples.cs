using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace FineTune.LocalHost.Commands;

/// <summary>Examples in a command's help: what most people look for in it.</summary>
internal static class Examples
{
    private static readonly ConditionalWeakTable<Command, string> Texts = [];

    /// <summary>Adds examples to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="examples">The text, as it is shown.</param>
    /// <returns>The same command.</returns>
    public static Command WithExamples(this Command command, string examples)
    {
        Texts.Add(command, examples);
        return command;
    }

    /// <summary>Makes the help of a command line show them.</summary>
    public static void Show(RootCommand root)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    private sealed class HelpWithExamples(HelpAction inner) : SynchronousCommandLineAction
    {
        // Whoever asks for help has not finished typing.
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            inner.MaxWidth = Output.Screen.Width;
            int result = inner.Invoke(parseResult);
            if (Texts.TryGetValue(parseResult.CommandResult.Command, out string? examples))
            {
                TextWriter output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                output.WriteLine(examples);
                output.WriteLine();
            }

            return result;
        }
    }
}
