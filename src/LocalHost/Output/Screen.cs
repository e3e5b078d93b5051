using Spectre.Console;

namespace FineTune.LocalHost.Output;

/// <summary>Lines for a person: never wider than 80 columns, readable without colour, plain text when piped.</summary>
/// <param name="console">The terminal, or whatever it is redirected to.</param>
/// <param name="isTerminal">Whether a person looks at it.</param>
internal sealed class Screen(IAnsiConsole console, bool isTerminal)
{
    /// <summary>The widest line.</summary>
    public const int Width = 79;

    private readonly Lock _gate = new();
    private int _statusLength;

    public static Style Good { get; } = new(Color.Green);

    public static Style Bad { get; } = new(Color.Red);

    public static Style Notice { get; } = new(Color.Yellow);

    public static Style Quiet { get; } = new(Color.Grey);

    public static Style Strong { get; } = new(decoration: Decoration.Bold);

    /// <summary>Whether a person looks at it: only then can a line be written over.</summary>
    public bool IsTerminal => isTerminal;

    /// <summary>A screen on a writer.</summary>
    /// <param name="writer">Where.</param>
    /// <param name="isTerminal">Whether a person looks at it: only then are there colours.</param>
    /// <returns>The screen.</returns>
    public static Screen On(TextWriter writer, bool isTerminal) => new(AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(writer),
        Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
        ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
    }), isTerminal);

    /// <summary>An empty line.</summary>
    public void Gap() => Write("");

    /// <summary>Text that is wrapped; its further lines are indented as far as its first.</summary>
    /// <param name="text">The text; its own line breaks stay.</param>
    /// <param name="style">How it looks where there are colours.</param>
    /// <param name="indent">Columns before each line.</param>
    public void Write(string text, Style? style = null, int indent = 0) => WriteLabelled("", text, style, indent);

    /// <summary>Says how far something is: on a terminal in a line that the next one is written over, otherwise as a line of its own.</summary>
    /// <param name="text">The text; cut at the width.</param>
    public void WriteStatus(string text)
    {
        if (!isTerminal)
        {
            Write(text);
            return;
        }

        lock (_gate)
        {
            string line = Printable(text.Length > Width ? text[..Width] : text);
            console.Profile.Out.Writer.Write("\r" + line.PadRight(_statusLength));
            console.Profile.Out.Writer.Flush();
            _statusLength = line.Length;
        }
    }

    /// <summary>Removes what <see cref="WriteStatus"/> left on a terminal.</summary>
    public void ClearStatus()
    {
        lock (_gate)
        {
            EraseStatus();
        }
    }

    /// <summary>A label and text beside it, wrapped in its own column.</summary>
    /// <param name="label">The label; cut when it is wider than its column.</param>
    /// <param name="text">The text.</param>
    /// <param name="style">How the text looks.</param>
    /// <param name="indent">The text's column.</param>
    public void WriteLabelled(string label, string text, Style? style, int indent)
    {
        string margin = label.Length >= indent ? label[..Math.Max(0, indent)] : label.PadRight(indent);
        var lines = new Paragraph();
        foreach (string line in Wrap(text, Math.Max(20, Width - indent)))
        {
            lines.Append(margin).Append(line + "\n", style ?? Style.Plain);
            margin = new string(' ', indent);
        }

        // The host's parts report while a command writes: what belongs together stays together.
        lock (_gate)
        {
            EraseStatus();
            console.Write(lines);
        }
    }

    private void EraseStatus()
    {
        if (_statusLength > 0)
        {
            console.Profile.Out.Writer.Write("\r" + new string(' ', _statusLength) + "\r");
            console.Profile.Out.Writer.Flush();
            _statusLength = 0;
        }
    }

    /// <summary>Breaks text at spaces into lines of at most a width; words that are longer are broken anywhere.</summary>
    internal static IEnumerable<string> Wrap(string text, int width)
    {
        foreach (string paragraph in text.ReplaceLineEndings("\n").Split('\n'))
        {
            string rest = Printable(paragraph);
            while (rest.Length > width)
            {
                int space = rest.LastIndexOf(' ', width);
                int end = space > width / 3 ? space : width;
                yield return rest[..end].TrimEnd();
                rest = rest[end..].TrimStart();
            }

            yield return rest;
        }
    }

    // Models and files say what they like; a terminal must not obey it.
    private static string Printable(string text) =>
        text.Any(char.IsControl) ? new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]) : text;
}
