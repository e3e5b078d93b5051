using System.CommandLine;
using System.CommandLine.Parsing;
using FineTune.Workflow.Rules;

namespace FineTune.LocalHost.Commands;

/// <summary>Names of commands and options that do not exist, and those that were probably meant.</summary>
internal static class TypingErrors
{
    /// <summary>Finds them, also where an option was taken for a dataset or a run's id, because a command takes any text there.</summary>
    /// <param name="parsed">A command line.</param>
    /// <returns>A sentence for each; none when all names exist.</returns>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.Errors.Count == 0 && parsed.Action != command.Action)
        {
            // Whoever asks for help has not finished typing.
            return [];
        }

        if (command.Action is null && command.Subcommands.Count > 0)
        {
            return parsed.UnmatchedTokens is [{ } word, ..]
                ? [word.StartsWith('-') ? NoOption(command, word) : $"'{word}' is no command.{Guess(word, command.Subcommands.Select(each => each.Name))}"]
                : [];
        }

        IEnumerable<string> taken = command.Arguments.SelectMany(argument => parsed.GetResult(argument)?.Tokens ?? []).Select(token => token.Value);
        return
        [
            .. parsed.UnmatchedTokens.Concat(taken.Where(text => !Path.Exists(text))).Where(text => text is ['-', _, ..])
                .Select(text => NoOption(command, text)),
        ];
    }

    private static string NoOption(Command command, string text) =>
        $"'{text}' is no option.{Guess(text, command.Options.Select(option => option.Name).Where(name => name.StartsWith("--", StringComparison.Ordinal)))}";

    private static string Guess(string text, IEnumerable<string> names) =>
        NearestName.Find(text, names) is { } meant ? $" Did you mean '{meant}'?" : "";
}
