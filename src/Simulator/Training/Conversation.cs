using System.Runtime.InteropServices;

namespace FineTune.Simulator.Training;

/// <summary>
/// A conversation as tokens, each turn as its role's marker, its text and the end of the turn. What the model learns to say are
/// the tokens of the assistant's turns and their ends: the targets.
/// </summary>
internal sealed class Conversation
{
    private readonly ushort[] _tokens;
    private readonly List<Answer> _answers = [];

    /// <summary>Encodes a whole conversation.</summary>
    public Conversation(IEnumerable<ChatMessage> messages, Tokenizer tokenizer)
    {
        var tokens = new List<ushort>();
        foreach (ChatMessage message in messages)
        {
            tokens.Add(Tokenizer.RoleMarker(message.Role));
            int start = tokens.Count;
            tokenizer.Encode(message.Content, tokens);
            if (message.Role == "user")
            {
                LastQuestion = (start, tokens.Count);
            }

            tokens.Add(Tokenizer.EndOfTurn);
            if (message.Role == "assistant")
            {
                _answers.Add(new Answer(start, tokens.Count - start, LastQuestion.Start, LastQuestion.End));
                TargetCount += tokens.Count - start;
            }
        }

        _tokens = [.. tokens];
    }

    /// <summary>All turns one after the other.</summary>
    public ReadOnlySpan<ushort> Tokens => _tokens;

    /// <summary>Tokens that the model learns to say.</summary>
    public int TargetCount { get; }

    /// <summary>Where the text of the last user turn lies; empty when there is none.</summary>
    public (int Start, int End) LastQuestion { get; private set; }

    /// <summary>Appends <paramref name="count"/> of the targets, evenly spread; <paramref name="offset"/> in [0, 1) shifts which.</summary>
    public void AddTargets(List<Position> positions, int count, double offset)
    {
        int answer = 0;
        int before = 0;
        for (int i = 0; i < count; i++)
        {
            int at = (int)((i + offset) * TargetCount / count);
            while (at - before >= _answers[answer].Length)
            {
                before += _answers[answer++].Length;
            }

            Answer found = _answers[answer];
            positions.Add(new Position(_tokens, found.Start + at - before, found.QuestionStart, found.QuestionEnd));
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Answer(int Start, int Length, int QuestionStart, int QuestionEnd);
}
