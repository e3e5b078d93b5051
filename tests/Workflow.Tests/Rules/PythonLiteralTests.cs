using System.Globalization;
using System.Numerics;
using FineTune.Workflow.Rules;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Workflow.Tests.Rules;

public sealed class PythonLiteralTests
{
    public static TheoryData<string, string> Accepted => PythonLiteralCases.Accepted;

    public static TheoryData<string> Refused => PythonLiteralCases.Refused;

    public static TheoryData<string> RefusedOnPurpose => PythonLiteralCases.RefusedOnPurpose;

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Literal_is_read_as_Python_reads_it(string text, string repr) => Assert.Equal(repr, PythonLiteral.Parse(text).ToString());

    [Theory]
    [MemberData(nameof(Refused))]
    [MemberData(nameof(RefusedOnPurpose))]
    public void Text_that_is_no_literal_is_refused_with_a_place_inside_of_it(string text)
    {
        PythonLiteralException error = Assert.Throws<PythonLiteralException>(() => PythonLiteral.Parse(text));

        Assert.InRange(error.Offset, 0, text.Length);
        Assert.NotEmpty(error.Expected);
        Assert.Contains("▸", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, c => char.IsControl(c));
    }

    [Theory]
    [InlineData("['Standard_NC6', Standard_NC12]", 1, 18, "found 'Standard_NC12'")]
    [InlineData("{'a': 1,\n 'b' 2}", 2, 6, "expected ':' after the key, found '2'")]
    [InlineData("[1,\r\n 2\r\n", 3, 1, "expected ',' or ']', found the end of the text")]
    [InlineData("{'apply_lora': true}", 1, 16, "expected True, False or None (the text looks like JSON), found 'true'")]
    [InlineData("'abc", 1, 5, "expected the quote ' that closes the string begun at index 0, found the end of the text")]
    [InlineData("'abc\ndef'", 1, 5, "found the end of the line")]
    [InlineData("007", 1, 1, "expected an integer without leading zeros, found '007'")]
    [InlineData("😀", 1, 1, "found '😀'")]
    public void Error_names_line_column_and_what_was_expected(string text, int line, int column, string message)
    {
        PythonLiteralException error = Assert.Throws<PythonLiteralException>(() => PythonLiteral.Parse(text));

        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Excerpt_of_a_long_line_is_cut_around_the_place()
    {
        string text = $"[{string.Join(", ", Enumerable.Repeat("'Standard_NC24ads_A100_v4'", 10))}, x, {string.Join(", ", Enumerable.Repeat("'y'", 40))}]";

        string message = Assert.Throws<PythonLiteralException>(() => PythonLiteral.Parse(text)).Message;

        Assert.Contains("in: …", message, StringComparison.Ordinal);
        Assert.Contains("'Standard_NC24ads_A100_v4', ▸x, 'y', ", message, StringComparison.Ordinal);
        Assert.EndsWith("…", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 100, 200);
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('(', ')')]
    public void Nesting_is_read_up_to_64_levels(char open, char close)
    {
        string deepest = new string(open, 64) + "1" + new string(close, 64);
        Assert.Equal(open == '[' ? deepest : "1", PythonLiteral.Parse(deepest).ToString());

        PythonLiteralException error = Assert.Throws<PythonLiteralException>(() => PythonLiteral.Parse($"{open}{deepest}{close}"));
        Assert.Equal(64, error.Offset);
    }

    [Fact]
    public void Hostile_sizes_are_refused()
    {
        Assert.Throws<PythonLiteralException>(() => PythonLiteral.Parse(new string('[', 1_000_000)));
        Assert.Throws<PythonLiteralException>(() => PythonLiteral.Parse(new string('9', 4301)));
        Assert.Throws<PythonLiteralException>(() => PythonLiteral.Parse("0x" + new string('f', 4301)));
        Assert.Throws<PythonLiteralException>(() => PythonLiteral.Parse(new string(' ', PythonLiteral.MaxLength) + "1"));
        Assert.Equal(new string('9', 4300), PythonLiteral.Parse(new string('9', 4300)).ToString());
    }

    [Fact]
    public void Broken_surrogates_in_the_text_are_refused() =>
        Assert.Throws<PythonLiteralException>(() => PythonLiteral.Parse("'a\ud83d'"));

    [Fact]
    public void String_list_is_read_from_a_list_or_a_tuple()
    {
        Assert.Equal(["Standard_NC24ads_A100_v4", "Standard_ND96asr_v4"], PythonLiteral.ParseStringList("['Standard_NC24ads_A100_v4', \"Standard_ND96asr_v4\"]"));
        Assert.Equal(["a"], PythonLiteral.ParseStringList("('a',)"));
        Assert.Empty(PythonLiteral.ParseStringList("[]"));
    }

    [Theory]
    [InlineData("'a'", 0, "expected a list of strings, found a string")]
    [InlineData("  {'a': 1}", 2, "expected a list of strings, found a dictionary")]
    [InlineData("['a', 5]", 6, "expected a string, found an integer")]
    [InlineData("['a', None]", 6, "expected a string, found None")]
    [InlineData("['a', -5e-6]", 6, "expected a string, found a float")]
    [InlineData("['a', 'b' 'c', ['d']]", 15, "expected a string, found a list")]
    public void String_list_of_another_kind_is_refused_at_the_place(string text, int offset, string message)
    {
        PythonLiteralException error = Assert.Throws<PythonLiteralException>(() => PythonLiteral.ParseStringList(text));

        Assert.Equal(offset, error.Offset);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dictionary_keeps_the_order_of_its_keys()
    {
        IReadOnlyDictionary<string, PythonValue> values = PythonLiteral.ParseDictionary("{'b': 1, 'a': 5e-6, 'b': True}");

        Assert.Equal(["b", "a"], values.Keys);
        Assert.True(Assert.IsType<PythonBoolean>(values["b"]).Value);
        Assert.Equal(5e-6, Assert.IsType<PythonFloat>(values["a"]).Value);
        Assert.Throws<PythonLiteralException>(() => PythonLiteral.ParseDictionary("[1]"));
    }

    [Fact]
    public void Any_value_survives_being_written_and_read() =>
        Prop.ForAll(Values(4).ToArbitrary(), value =>
        {
            string text = value.ToString()!;
            PythonValue again = PythonLiteral.Parse(text);
            return again.GetType() == value.GetType() && again.ToString() == text;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_float_is_written_with_the_shortest_digits_that_read_back_as_itself() =>
        Prop.ForAll(Finite.ToArbitrary(), value =>
        {
            string text = PythonFloat.Format(value);
            double again = Assert.IsType<PythonFloat>(PythonLiteral.Parse(text)).Value;
            int digits = text.Split('e')[0].Count(char.IsAsciiDigit);
            return BitConverter.DoubleToInt64Bits(again) == BitConverter.DoubleToInt64Bits(value) && digits <= 18 + 4;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_text_brings_the_reader_down() =>
        Prop.ForAll(Texts.ToArbitrary(), text =>
        {
            try
            {
                // What is read can be written and read again.
                string repr = PythonLiteral.Parse(text).ToString()!;
                return repr.Contains("inf", StringComparison.Ordinal) || PythonLiteral.Parse(repr).ToString() == repr;
            }
            catch (PythonLiteralException error)
            {
                return error.Offset >= 0 && error.Offset <= text.Length && error.Line >= 1 && error.Column >= 1;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1500));

    private static readonly string[] Tokens =
    [
        "[", "]", "(", ")", "{", "}", ",", ":", "'", "\"", "'''", "\"\"\"", "\\", "\\x4", "\\u00e9", "\\N{", "\n", "\r\n", "\r", " ", "#", "a", "True", "None", "true",
        "1", "0", "012", "1_0", "0x1F", "5e-6", ".", ".5", "e", "-", "+", "r'", "b'", "j", "é", "\u00a0", "😀", "\ud800", "\0", "\ufeff", "'k': 1", "...", "*",
    ];

    private static Gen<string> Texts =>
        Gen.OneOf(
            Gen.Elements(Tokens).ListOf().Select(string.Concat),
            from value in Values(3)
            from token in Gen.Elements(Tokens)
            from cut in Gen.Choose(0, 1000)
            let text = value.ToString()!
            let place = cut % (text.Length + 1)
            select text[..place] + token + text[Math.Min(text.Length, place + (cut % 3))..]);

    private static Gen<double> Finite =>
        from high in Gen.Choose(int.MinValue, int.MaxValue)
        from low in Gen.Choose(int.MinValue, int.MaxValue)
        let value = BitConverter.Int64BitsToDouble(((long)high << 32) | (uint)low)
        select double.IsFinite(value) ? value : low;

    private static Gen<string> Strings =>
        Gen.Elements("a", "b", "'", "\"", "\\", "\n", "\r", "\t", "\0", "\u007f", " ", "é", "😀", "\u200b", "\u2028", "\u00a0", "\U000F0000").ListOf().Select(string.Concat);

    private static Gen<PythonValue> Values(int depth)
    {
        Gen<PythonValue> scalar = Gen.OneOf<PythonValue>(
            Gen.Constant<PythonValue>(new PythonNone()),
            Gen.Elements<PythonValue>(new PythonBoolean(true), new PythonBoolean(false)),
            from a in Gen.Choose(int.MinValue, int.MaxValue) from power in Gen.Choose(0, 8) select (PythonValue)new PythonInteger(BigInteger.Pow(a, power + 1)),
            Finite.Select(value => (PythonValue)new PythonFloat(value)),
            Strings.Select(value => (PythonValue)new PythonString(value)));
        return depth == 0 ? scalar : Gen.Frequency(
            (3, scalar),
            (1, from items in Values(depth - 1).ListOf(4) from isTuple in Gen.Elements(true, false) select (PythonValue)new PythonList([.. items], isTuple)),
            (1, from items in (from key in Strings from value in Values(depth - 1) select (Key: key, Value: value)).ListOf(4) select (PythonValue)Dict(items)));
    }

    private static PythonDict Dict(IEnumerable<(string Key, PythonValue Value)> items)
    {
        var entries = new OrderedDictionary<string, PythonValue>(StringComparer.Ordinal);
        foreach ((string key, PythonValue value) in items)
        {
            entries[key] = value;
        }

        return new PythonDict(entries);
    }
}
