using System.Globalization;
using System.Numerics;
using System.Text.Json;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>Writes a value as the text that an input of a given type takes, and checks it against the input's bounds.</summary>
internal static class ParameterText
{
    /// <summary>Whether inputs of this type are given as text; the others are assets.</summary>
    public static bool IsLiteral(ComponentInput input) => input.Type is "string" or "integer" or "number" or "boolean";

    /// <summary>The value of a request as a Python value: one coercion serves all sources.</summary>
    /// <param name="json">The value.</param>
    /// <returns>The value, or null when it is neither a string, a number nor a boolean.</returns>
    public static PythonValue? FromJson(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => new PythonString(json.GetString()!),
        JsonValueKind.True => new PythonBoolean(true),
        JsonValueKind.False => new PythonBoolean(false),
        JsonValueKind.Number => ReadNumber(json.GetRawText()),
        _ => null,
    };

    /// <summary>Coerces and checks a value.</summary>
    /// <param name="input">The input's declaration.</param>
    /// <param name="value">The value.</param>
    /// <param name="text">The text to send.</param>
    /// <param name="problem">What is wrong, as the end of a sentence that begins with the input's name; null when nothing is.</param>
    /// <returns>Whether there is a text.</returns>
    public static bool TryWrite(ComponentInput input, PythonValue value, out string text, out string? problem)
    {
        text = string.Empty;
        problem = null;
        string? coerced = input.Type switch
        {
            "string" => WriteString(value),
            "boolean" => WriteBoolean(value),
            "integer" => WriteInteger(value),
            "number" => WriteNumber(value),
            _ => null,
        };
        if (coerced is null)
        {
            problem = IsLiteral(input)
                ? $"takes {Describe(input.Type)}, not {ForPeople(value)}"
                : $"takes an asset of type {input.Type}, which can't be given as a value";
            return false;
        }

        if (input.Enum.Count > 0)
        {
            string? member = FindMember(input, coerced);
            if (member is null)
            {
                problem = $"takes one of {string.Join(", ", input.Enum)}, not {ForPeople(value)}";
                return false;
            }

            coerced = member;
        }

        if (input.Type is "integer" or "number")
        {
            double number = double.Parse(coerced, NumberStyles.Float, CultureInfo.InvariantCulture);
            if (number < input.Min)
            {
                problem = $"must be at least {PythonNumber(input.Min.Value)}, not {coerced}";
                return false;
            }

            if (number > input.Max)
            {
                problem = $"must be at most {PythonNumber(input.Max.Value)}, not {coerced}";
                return false;
            }
        }

        text = coerced;
        return true;
    }

    /// <summary>The value in a message: JSON's words, cut when long.</summary>
    public static string ForPeople(PythonValue value)
    {
        string text = value switch
        {
            PythonString { Value: string content } => $"\"{content}\"",
            PythonBoolean { Value: bool boolean } => boolean ? "true" : "false",
            PythonList or PythonDict => value.Description,
            _ => value.ToString()!,
        };
        return text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");
    }

    private static string? FindMember(ComponentInput input, string coerced)
    {
        // Exactly first: two members may differ in case only.
        if (input.Enum.Contains(coerced, StringComparer.Ordinal))
        {
            return coerced;
        }

        return input.Type is "integer" or "number"
            ? input.Enum.FirstOrDefault(member => AreSameNumber(member, coerced))
            : input.Enum.FirstOrDefault(member => string.Equals(member, coerced, StringComparison.OrdinalIgnoreCase));
    }

    private static bool AreSameNumber(string a, string b) =>
        double.TryParse(a, NumberStyles.Float, CultureInfo.InvariantCulture, out double first)
        && double.TryParse(b, NumberStyles.Float, CultureInfo.InvariantCulture, out double second)
        && first.Equals(second);

    private static string? WriteString(PythonValue value) => value switch
    {
        PythonString text => text.Value,
        PythonBoolean boolean => boolean.Value ? "true" : "false",
        PythonInteger or PythonFloat { Value: not (double.NaN or double.PositiveInfinity or double.NegativeInfinity) } => value.ToString(),
        _ => null,
    };

    private static string? WriteBoolean(PythonValue value) => value switch
    {
        PythonBoolean boolean => boolean.Value ? "true" : "false",
        PythonString text when bool.TryParse(text.Value, out bool boolean) => boolean ? "true" : "false",
        _ => null,
    };

    // 3.0 and "3" are the integer 3; 3.5 is none. The service's integers have 64 bits.
    private static string? WriteInteger(PythonValue value)
    {
        BigInteger? integer = (value is PythonString text ? ReadNumber(text.Value) : value) switch
        {
            PythonInteger number => number.Value,
            PythonFloat { Value: double number } when double.IsInteger(number) => new BigInteger(number),
            _ => null,
        };
        return integer >= long.MinValue && integer <= long.MaxValue ? integer.Value.ToString(CultureInfo.InvariantCulture) : null;
    }

    private static string? WriteNumber(PythonValue value) => (value is PythonString text ? ReadNumber(text.Value) : value) switch
    {
        PythonInteger integer when double.IsFinite((double)integer.Value) => integer.ToString(),
        PythonFloat number when double.IsFinite(number.Value) => number.ToString(),
        _ => null,
    };

    // The notation that JSON and Python share, and what YAML leaves as a string: "5e-6".
    private static PythonValue? ReadNumber(string text)
    {
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
        if (text.Length > 400)
        {
            return null;
        }

        return BigInteger.TryParse(text, Styles, CultureInfo.InvariantCulture, out BigInteger integer) ? new PythonInteger(integer)
            : double.TryParse(text, Styles | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double number)
                ? new PythonFloat(number)
                : null;
    }

    private static string PythonNumber(double value) =>
        double.IsInteger(value) ? value.ToString("F0", CultureInfo.InvariantCulture) : PythonFloat.Format(value);

    private static string Describe(string type) => type switch
    {
        "boolean" => "true or false",
        "integer" => "an integer of 64 bits",
        "number" => "a finite number",
        _ => "a text, a number or a boolean",
    };
}
