using FineTune.Simulator.Training;

namespace FineTune.Simulator.Tests.Training;

public sealed class ConversationTests
{
    private static readonly Tokenizer Bytes = new([]);

    private static readonly Conversation Sample = new(
        [new("system", "S"), new("user", "Why?"), new("assistant", "So."), new("user", "Oh"), new("assistant", string.Empty)], Bytes);

    [Fact]
    public void Targets_are_what_the_assistant_says_and_the_ends_of_its_turns()
    {
        List<Position> targets = Targets(Sample.TargetCount, 0);

        Assert.Equal(5, Sample.TargetCount);
        Assert.Equal("So.", Bytes.Decode([.. targets.Select(target => target.Tokens[target.Target])]));
        Assert.Equal(
            [Tokenizer.EndOfTurn, Tokenizer.EndOfTurn],
            targets.Skip(3).Select(target => (int)target.Tokens[target.Target]));
    }

    [Fact]
    public void Targets_know_the_question_that_they_answer() =>
        Assert.Equal(
            ["Why?", "Why?", "Why?", "Why?", "Oh"],
            Targets(5, 0).Select(target => Bytes.Decode(target.Tokens.AsSpan(target.QuestionStart, target.QuestionEnd - target.QuestionStart))));

    [Fact]
    public void Turns_open_with_their_role_and_close_with_the_end_of_turn()
    {
        ushort[] tokens = Sample.Tokens.ToArray();

        Assert.Equal(Tokenizer.RoleMarker("system"), tokens[0]);
        Assert.Equal(Tokenizer.EndOfTurn, tokens[2]);
        Assert.Equal(Tokenizer.RoleMarker("user"), tokens[3]);
        Assert.Equal(5, tokens.Count(token => token == Tokenizer.EndOfTurn));
    }

    [Theory]
    [InlineData(2, 0.0)]
    [InlineData(2, 0.99)]
    [InlineData(4, 0.5)]
    [InlineData(0, 0.5)]
    public void Fewer_targets_are_distinct_and_spread(int count, double offset)
    {
        int[] targets = [.. Targets(count, offset).Select(target => target.Target)];

        Assert.Equal(count, targets.Distinct().Count());
        Assert.Equal(targets.Order(), targets);
    }

    private static List<Position> Targets(int count, double offset)
    {
        var targets = new List<Position>();
        Sample.AddTargets(targets, count, offset);
        return targets;
    }
}
