using System.Globalization;

namespace FineTune.Workflow.Rules;

/// <summary>A <c>float</c>: an IEEE 754 double in both worlds.</summary>
/// <param name="value">The number.</param>
public sealed class PythonFloat(double value) : PythonValue
{
    /// <summary>The number.</summary>
    public double Value { get; } = value;

    /// <inheritdoc/>
    public override string Description => "a float";

    /// <summary>
    /// Writes a double as Python's <c>repr</c> and <c>str</c> do: the shortest digits that read back as the same double;
    /// an exponent below 1e-4 and from 1e16, of two digits at least (<c>5e-06</c>); otherwise always a fraction (<c>3.0</c>).
    /// </summary>
    /// <param name="value">The number.</param>
    /// <returns>Its text.</returns>
    public static string Format(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        // "E16" would give 17 digits; the default format gives the shortest ones but chooses its own exponent. So: take the shortest digits apart.
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        int exponentMark = shortest.IndexOf('E', StringComparison.Ordinal);
        ReadOnlySpan<char> mantissa = exponentMark < 0 ? shortest : shortest.AsSpan(0, exponentMark);
        int exponent = exponentMark < 0 ? 0 : int.Parse(shortest.AsSpan(exponentMark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        bool negative = mantissa[0] == '-';
        mantissa = negative ? mantissa[1..] : mantissa;
        int point = mantissa.IndexOf('.');
        string digits = point < 0 ? mantissa.ToString() : string.Concat(mantissa[..point], mantissa[(point + 1)..]);

        // value = 0.digits * 10^scale
        int scale = (point < 0 ? mantissa.Length : point) + exponent;
        int leadingZeros = digits.AsSpan().IndexOfAnyExcept('0');
        if (leadingZeros < 0)
        {
            return negative ? "-0.0" : "0.0";
        }

        digits = digits[leadingZeros..].TrimEnd('0');
        scale -= leadingZeros;
        string text = (scale - 1) switch
        {
            < -4 or >= 16 => Scientific(digits, scale - 1),
            < 0 => "0." + new string('0', -scale) + digits,
            _ when digits.Length <= scale => digits + new string('0', scale - digits.Length) + ".0",
            _ => string.Concat(digits.AsSpan(0, scale), ".", digits.AsSpan(scale)),
        };
        return negative ? "-" + text : text;
    }

    /// <inheritdoc/>
    public override string ToString() => Format(Value);

    private static string Scientific(string digits, int exponent)
    {
        string mantissa = digits.Length == 1 ? digits : string.Concat(digits.AsSpan(0, 1), ".", digits.AsSpan(1));
        return string.Create(
            CultureInfo.InvariantCulture, $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }
}
