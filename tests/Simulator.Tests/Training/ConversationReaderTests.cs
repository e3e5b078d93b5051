using FineTune.Simulator.Training;

namespace FineTune.Simulator.Tests.Training;

public sealed class ConversationReaderTests
{
    [Fact]
    public void Read_more_rows_than_are_kept_keeps_a_uniform_sample_and_checks_all()
    {
        string[] rows = [.. Enumerable.Range(0, 1000).Select(i => SyntheticChat.Row(("assistant", $"{i}")))];

        int[] kept = [.. Read(rows, 200).Select(row => int.Parse(row[0].Content, System.Globalization.CultureInfo.InvariantCulture))];

        Assert.Equal(200, kept.Distinct().Count());
        Assert.InRange(kept.Average(), 430, 570);
        Assert.Throws<InvalidDataException>(() => Read([.. rows, "{}"], 200));
    }

    [Fact]
    public void Read_long_conversation_is_cut_so_that_every_turn_keeps_something()
    {
        string text = new('x', 100_000);

        ChatMessage[] messages = Assert.Single(Read([SyntheticChat.Row(("system", text), ("user", text), ("assistant", text))], 10));

        Assert.Equal([4096, 2048, 1024], messages.Select(message => message.Content.Length));
    }

    [Fact]
    public void Read_short_conversation_is_kept_whole()
    {
        ChatMessage[] messages = Assert.Single(Read([SyntheticChat.Row(("user", "Hé?"), ("assistant", "\n")), string.Empty], 10));

        Assert.Equal([new ChatMessage("user", "Hé?"), new ChatMessage("assistant", "\n")], messages);
    }

    private static List<ChatMessage[]> Read(string[] lines, int maxRows) =>
        ConversationReader.Read(lines, "train", maxRows, new RandomSource(1), CancellationToken.None);
}
