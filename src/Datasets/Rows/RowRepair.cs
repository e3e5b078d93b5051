using System.Diagnostics.CodeAnalysis;

namespace FineTune.Datasets.Rows;

/// <summary>
/// Repairs what can be repaired without guessing: nothing is invented, and no text is changed but for white space at its ends, control characters
/// and control tokens.
/// </summary>
internal sealed class RowRepair(ModelFamily family)
{
    private static readonly FindingCode[] Repairable =
    [
        FindingCode.UnknownRole, FindingCode.MissingContent, FindingCode.EmptyContent, FindingCode.FirstTurnNotUserOrSystem, FindingCode.SpecialToken,
        FindingCode.ControlCharacter, FindingCode.RolesDoNotAlternate, FindingCode.LastTurnNotAssistant, FindingCode.UntrimmedContent,
        FindingCode.OverContextLength, FindingCode.SystemNotFirst,
    ];

    private readonly SpecialTokens _specialTokens = new(family);

    /// <summary>Repairs a conversation in place.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="findings">What was found in it.</param>
    /// <param name="isTrainedOn">Whether it must end with an answer.</param>
    /// <param name="log">Told of each change and the finding that is its reason; a change may be told more than once.</param>
    /// <returns>False when something can't be repaired.</returns>
    public bool TryRepair(Conversation conversation, ReadOnlySpan<PendingFinding> findings, bool isTrainedOn, Action<string, FindingCode> log)
    {
        foreach (ref readonly PendingFinding finding in findings)
        {
            if (Array.IndexOf(Repairable, finding.Code) < 0)
            {
                return false;
            }
        }

        foreach (ref readonly Turn turn in conversation.Turns)
        {
            if (turn.Role == ChatRole.Unknown && turn.Meant == ChatRole.Unknown)
            {
                return false;
            }
        }

        foreach (ref Turn turn in conversation.Turns)
        {
            if (turn.Role == ChatRole.Unknown)
            {
                turn.Role = turn.Meant;
                log("MappedRole", FindingCode.UnknownRole);
            }

            if (turn.HasText)
            {
                CleanText(conversation, ref turn, log);
            }
        }

        RemoveAndMerge(conversation, isTrainedOn, log);
        return true;
    }

    private void CleanText(Conversation conversation, ref Turn turn, Action<string, FindingCode> log)
    {
        Span<byte> text = conversation.Texts.AsSpan(turn.Start, turn.Length);
        int length = RemoveControls(text);
        if (length < text.Length)
        {
            log("RemovedControlCharacters", FindingCode.ControlCharacter);
            text = text[..length];
        }

        while (_specialTokens.Find(text, out int token) is >= 0 and int at)
        {
            text[(at + token)..].CopyTo(text[at..]);
            text = text[..^token];
            log("RemovedSpecialTokens", FindingCode.SpecialToken);
        }

        int end = text.Length;
        while (end > 0 && text[end - 1] <= ' ')
        {
            end--;
        }

        int start = 0;
        while (start < end && text[start] <= ' ')
        {
            start++;
        }

        if (end - start < text.Length)
        {
            log("TrimmedContent", FindingCode.UntrimmedContent);
        }

        turn.Start += start;
        turn.Length = end - start;
    }

    [SuppressMessage("Style", "IDE0078:Use pattern matching", Justification = "A pattern of four values reads worse than the comparison.")]
    private static int RemoveControls(Span<byte> text)
    {
        int length = 0;
        foreach (byte value in text)
        {
            if (value >= ' ' || value is (byte)'\t' or (byte)'\n' or (byte)'\r')
            {
                text[length++] = value;
            }
        }

        return length;
    }

    private static void RemoveAndMerge(Conversation conversation, bool isTrainedOn, Action<string, FindingCode> log)
    {
        int kept = 0;
        for (int i = 0; i < conversation.Count; i++)
        {
            Turn turn = conversation.Turns[i];
            if (turn.Length == 0)
            {
                log("RemovedEmptyMessage", turn.HasText ? FindingCode.EmptyContent : FindingCode.MissingContent);
            }
            else if (kept == 0 && turn.Role == ChatRole.Assistant)
            {
                log("RemovedLeadingAnswer", FindingCode.FirstTurnNotUserOrSystem);
            }
            else if (kept > 0 && conversation.Turns[kept - 1].Role == turn.Role)
            {
                Merge(conversation, ref conversation.Turns[kept - 1], in turn);
                log("MergedTurns", FindingCode.RolesDoNotAlternate);
            }
            else
            {
                conversation.Turns[kept++] = turn;
            }
        }

        while (isTrainedOn && kept > 0 && conversation.Turns[kept - 1].Role != ChatRole.Assistant)
        {
            kept--;
            log("RemovedUnansweredTurn", FindingCode.LastTurnNotAssistant);
        }

        conversation.Truncate(kept);
        for (int i = 0; i < kept; i++)
        {
            conversation.Turns[i].Index = i;
        }
    }

    /// <summary>Puts two texts behind all others, an empty line between them.</summary>
    private static void Merge(Conversation conversation, ref Turn into, in Turn turn)
    {
        int start = conversation.Used;
        conversation.Reserve(into.Length + turn.Length + 2);
        conversation.Append(conversation.Texts.AsSpan(into.Start, into.Length));
        conversation.Append("\n\n"u8);
        conversation.Append(conversation.Texts.AsSpan(turn.Start, turn.Length));
        into.Start = start;
        into.Length = conversation.Used - start;
    }
}
