namespace FineTune.Simulator.Training;

/// <summary>One token to be predicted.</summary>
/// <param name="Tokens">The conversation that it stands in.</param>
/// <param name="Target">Its index there; tokens before it are its context.</param>
/// <param name="QuestionStart">First token of the user turn that is being answered.</param>
/// <param name="QuestionEnd">One past that turn's last token; equal to the start when there is none.</param>
internal readonly record struct Position(ushort[] Tokens, int Target, int QuestionStart, int QuestionEnd)
{
    /// <summary>Whether the other token answers the same turn of the same conversation.</summary>
    public bool SharesQuestion(in Position other) => ReferenceEquals(Tokens, other.Tokens) && QuestionStart == other.QuestionStart;
}
