using FineTune.LocalHost.Output;

namespace FineTune.LocalHost.Tests;

public sealed class ScreenTests
{
    private readonly StringWriter _writer = new();
    private readonly Screen _screen;

    public ScreenTests()
    {
        _screen = Screen.On(_writer, isTerminal: false);
    }

    [Fact]
    public void Text_is_wrapped_at_spaces_under_its_own_first_column()
    {
        _screen.WriteLabelled("Label", string.Join(' ', Enumerable.Repeat("word", 40)), Screen.Bad, 11);

        string[] lines = Lines();
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("Label      word", lines[0], StringComparison.Ordinal);
        Assert.All(lines[1..], line => Assert.StartsWith("           word", line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Equal(40, lines.Sum(line => line.Split("word").Length - 1));
    }

    [Fact]
    public void A_word_that_is_too_long_is_broken_and_nothing_of_it_is_lost()
    {
        string word = new('x', 300);

        _screen.Write(word, indent: 4);

        Assert.All(Lines(), line => Assert.InRange(line.Length, 1, 80));
        Assert.Equal(word, string.Concat(Lines().Select(line => line.Trim())));
    }

    [Fact]
    public void Text_with_brackets_and_control_characters_is_shown_and_not_obeyed()
    {
        _screen.Write("[red]not markup[/] \u001b[2Jnot a command\u0007");

        Assert.Equal("[red]not markup[/]  [2Jnot a command", Assert.Single(Lines()).TrimEnd());
    }

    [Fact]
    public void Lines_of_several_threads_do_not_mix()
    {
        Parallel.For(0, 200, i => _screen.WriteLabelled("Label", $"text {i}", Screen.Good, 11));

        Assert.Equal(200, Lines().Length);
        Assert.All(Lines(), line => Assert.Matches("^Label      text [0-9]+$", line.TrimEnd()));
    }

    private string[] Lines() => _writer.ToString().TrimEnd('\n').Split('\n');
}
