using System.Globalization;
using System.Text;

namespace FineTune.Workflow.Rules;

/// <summary>A <c>str</c>.</summary>
/// <param name="value">The text.</param>
public sealed class PythonString(string value) : PythonValue
{
    /// <summary>The text.</summary>
    public string Value { get; } = value;

    /// <inheritdoc/>
    public override string Description => "a string";

    /// <inheritdoc/>
    public override string ToString()
    {
        char quote = Value.Contains('\'', StringComparison.Ordinal) && !Value.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var text = new StringBuilder(Value.Length + 2);
        text.Append(quote);
        foreach (Rune rune in Value.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '\r' => text.Append(@"\r"),
                '\t' => text.Append(@"\t"),
                int value when value == quote => text.Append('\\').Append(quote),
                int value when !IsPrintable(rune) => AppendEscape(text, value),
                _ => text.Append(rune.ToString()),
            };
        }

        return text.Append(quote).ToString();
    }

    private static StringBuilder AppendEscape(StringBuilder text, int value) => value switch
    {
        <= 0xFF => text.Append(CultureInfo.InvariantCulture, $@"\x{value:x2}"),
        <= 0xFFFF => text.Append(CultureInfo.InvariantCulture, $@"\u{value:x4}"),
        _ => text.Append(CultureInfo.InvariantCulture, $@"\U{value:x8}"),
    };

    // str.isprintable: no control, format, surrogate, private or unassigned characters, no separators but the space.
    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
