using FineTune.LocalHost.Output;

namespace FineTune.LocalHost.Tests;

public sealed class TextTableTests
{
    [Fact]
    public void Columns_are_as_wide_as_needed_and_numbers_stand_on_the_right()
    {
        Assert.Equal(["  NAME    ROWS  WHAT", "  a          1  x", "  longer  1,23  y"], Write(new TextTable("NAME", ">ROWS", "WHAT"), ["a", "1", "x"], ["longer", "1,23", "y"]));
    }

    [Fact]
    public void A_name_that_is_too_long_keeps_its_end_and_the_line_fits()
    {
        string[] lines = Write(new TextTable("NAME", ">ROWS"), [new string('x', 100) + "/end.jsonl", "123"]);

        Assert.Equal(Screen.Width, lines[1].Length);
        Assert.StartsWith("  …xxx", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("/end.jsonl   123", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1_000, "1.0 KB")]
    [InlineData(999_949, "999.9 KB")]
    [InlineData(999_950, "1.0 MB")]
    [InlineData(1_234_567_890, "1.2 GB")]
    [InlineData(long.MaxValue, "9223372.0 TB")]
    public void Sizes_are_read_in_decimal_units(long bytes, string expected) => Assert.Equal(expected, ByteText.Of(bytes));

    private static string[] Write(TextTable table, params string[][] rows)
    {
        using var writer = new StringWriter();
        foreach (string[] row in rows)
        {
            table.Add(row);
        }

        table.WriteTo(Screen.On(writer, isTerminal: false), indent: 2);
        return [.. writer.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];
    }
}
