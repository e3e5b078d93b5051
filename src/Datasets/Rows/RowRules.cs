using System.Globalization;
using System.Runtime.InteropServices;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Rows;

/// <summary>
/// The rules that are the same whatever a row was read from, and the findings of the row at hand.
/// A row gets each code at most once, at its first place: counts are counts of rows.
/// </summary>
internal sealed class RowRules(DatasetOptions options, TokenCounter tokenCounter)
{
    /// <summary>Index that the answer of Alpaca's shape has, whether a system message stands before or not.</summary>
    public const int AlpacaAnswer = 2;

    /// <summary>Index of a system message that is a property of the row, not one of its messages.</summary>
    public const int SystemText = -2;

    private readonly SpecialTokens _specialTokens = new(options.Family);
    private readonly FindingSeverity _specialTokenSeverity = options.Family == ModelFamily.Unknown ? FindingSeverity.Warning : FindingSeverity.Error;
    private readonly List<PendingFinding> _findings = [];
    private int _messages;
    private bool _rolesKnown;

    /// <summary>The row's findings so far.</summary>
    public ReadOnlySpan<PendingFinding> Findings => CollectionsMarshal.AsSpan(_findings);

    /// <summary>Whether the row can be used.</summary>
    public bool IsValid { get; private set; }

    /// <summary>Whether the row was read to its end.</summary>
    public bool IsReadable { get; private set; }

    /// <summary>Whether nothing at all was found.</summary>
    public bool IsClean => _findings.Count == 0;

    /// <summary>What the row's properties are called: paths name them so.</summary>
    public RowShape Shape { get; set; }

    /// <summary>Starts a row.</summary>
    public void Begin()
    {
        Shape = RowShape.Chat;
        _messages = 0;
        _rolesKnown = true;
        IsValid = true;
        IsReadable = true;
        _findings.Clear();
    }

    /// <summary>Notes a broken rule.</summary>
    /// <param name="code">Which.</param>
    /// <param name="reason">What is wrong, without any text of the row.</param>
    /// <param name="column">Byte in the row, from 1; 0 when not known.</param>
    /// <param name="path">Where in the row.</param>
    /// <param name="severity">What it means.</param>
    public void Fail(FindingCode code, string reason, long column = 0, RowPath? path = null, FindingSeverity severity = FindingSeverity.Error)
    {
        foreach (ref readonly PendingFinding finding in Findings)
        {
            if (finding.Code == code)
            {
                return;
            }
        }

        IsValid &= severity != FindingSeverity.Error;
        _findings.Add(new PendingFinding(code, severity, reason, column, path));
    }

    /// <summary>Puts findings in the order in which they stand in the row; those without a place come last.</summary>
    public void SortFindings()
    {
        // Insertion keeps the order of equals, and there are never more findings than codes.
        for (int i = 1; i < _findings.Count; i++)
        {
            PendingFinding finding = _findings[i];
            int at = i;
            while (at > 0 && finding.Column > 0 && (_findings[at - 1].Column == 0 || _findings[at - 1].Column > finding.Column))
            {
                _findings[at] = _findings[at - 1];
                at--;
            }

            _findings[at] = finding;
        }
    }

    /// <summary>Notes that the row can't be read to its end, which makes everything else that was found guesswork.</summary>
    public void FailAltogether(FindingCode code, string reason, long column = 0, RowPath? path = null)
    {
        _findings.Clear();
        IsReadable = false;
        Fail(code, reason, column, path);
    }

    /// <summary>Starts the next message.</summary>
    /// <returns>False when there are too many; the rest is skipped.</returns>
    public bool NextMessage(long column)
    {
        if (++_messages <= options.Limits.MaxMessages)
        {
            return true;
        }

        _rolesKnown = false;
        Fail(FindingCode.TooManyMessages, string.Create(CultureInfo.InvariantCulture, $"There are more than {options.Limits.MaxMessages} messages."),
            column, Messages);
        return false;
    }

    public void MessageNotAnObject(int index, string whatItIs, long column)
    {
        _rolesKnown = false;
        Fail(FindingCode.MessageNotAnObject, $"A message must be an object with role and content; this is {whatItIs}.", column, new RowPath(null, index, List));
    }

    public void UnknownRole(int index, string what, long column)
    {
        _rolesKnown = false;
        Fail(FindingCode.UnknownRole, $"{(Shape == RowShape.ShareGpt ? "from must be system, human or gpt" : "role must be system, user or assistant")}, in lower case; {what}.", column, Role(index));
    }

    public void MissingRole(int index, long column)
    {
        _rolesKnown = false;
        Fail(FindingCode.MissingRole, "The message has no role.", column, Role(index));
    }

    public void MissingContent(int index, long column) =>
        Fail(FindingCode.MissingContent, "The message has no content.", column, Content(index));

    public void MissingMessages(string what, long column = 0) =>
        Fail(FindingCode.MissingMessages, what, column, Messages);

    /// <summary>Checks what a row says, when it was read to its end.</summary>
    /// <param name="conversation">What it says.</param>
    /// <param name="isTrainedOn">Whether it needs an answer: generation splits do not.</param>
    /// <param name="column">Where the messages stand.</param>
    /// <param name="isTrial">Whether a row with findings will be checked again: then its tokens are not counted.</param>
    /// <returns>What statistics need.</returns>
    public RowFacts Check(Conversation conversation, bool isTrainedOn, long column = 0, bool isTrial = false)
    {
        TextCounts counts = default;
        conversation.Measure();
        int system = 0;
        int user = 0;
        int assistant = 0;
        ChatRole last = ChatRole.Unknown;
        foreach (ref readonly Turn turn in conversation.Turns)
        {
            if (turn.HasText)
            {
                CheckText(conversation, in turn);
                counts.Add(in turn.Counts);
            }

            switch (turn.Role)
            {
                case ChatRole.System:
                    system++;
                    if (user + assistant > 0)
                    {
                        Warn(FindingCode.SystemNotFirst, "The system speaks after the conversation has begun; many chat templates refuse that.", turn.RoleColumn, turn.Index);
                    }

                    break;
                case ChatRole.User:
                    user++;
                    break;
                case ChatRole.Assistant:
                    assistant++;
                    if (turn.Index == 0 && system == 0)
                    {
                        Fail(FindingCode.FirstTurnNotUserOrSystem, "The first message must be the system's or the user's.", turn.RoleColumn, Role(0));
                    }

                    break;
                default:
                    break;
            }

            if (turn.Role == last && last != ChatRole.Unknown)
            {
                Warn(FindingCode.RolesDoNotAlternate, "The turn before is of the same role; chat templates of some model families refuse that.", turn.RoleColumn, turn.Index);
            }

            last = turn.Role;
        }

        if (isTrainedOn && _rolesKnown && conversation.Count > 0)
        {
            if (assistant == 0)
            {
                Fail(FindingCode.NoAssistantMessage, "No message is the assistant's: there is nothing to learn.", column, Messages);
            }
            else if (last != ChatRole.Assistant)
            {
                ref readonly Turn end = ref conversation.Turns[^1];
                Warn(FindingCode.LastTurnNotAssistant, "The last turn is not the assistant's; it teaches nothing.", end.RoleColumn, end.Index);
            }
        }

        if (isTrial && !IsClean)
        {
            return default;
        }

        (long tokens, long? estimated) = tokenCounter.Count(conversation, in counts);
        if (tokens > options.ContextLength)
        {
            Fail(FindingCode.OverContextLength,
                string.Create(CultureInfo.InvariantCulture, $"{(estimated is null ? "About " : "")}{tokens} tokens, of which {options.ContextLength} fit into the model's context; the end is cut off."),
                path: Messages, severity: FindingSeverity.Warning);
        }

        return new RowFacts(conversation.Count, counts.Characters, tokens, estimated, system, user, assistant);
    }

    private void CheckText(Conversation conversation, in Turn turn)
    {
        ref readonly TextCounts counts = ref turn.Counts;
        if (counts.Visible == 0)
        {
            Fail(FindingCode.EmptyContent, "The text is empty or only white space.", turn.ContentColumn, Content(turn.Index));
            return;
        }

        ReadOnlySpan<byte> text = conversation.Text(turn);

        if (counts.HasControl)
        {
            Fail(FindingCode.ControlCharacter, "The text holds a control character other than tab and line ends.", turn.ContentColumn,
                Content(turn.Index), FindingSeverity.Warning);
        }

        if (counts.MayHaveSpecialToken && _specialTokens.Find(text, out _) >= 0)
        {
            Fail(FindingCode.SpecialToken, "The text holds a control token of the model's family; a tokenizer reads it as the mark that it is.", turn.ContentColumn,
                Content(turn.Index), _specialTokenSeverity);
        }

        if (IsBlank(text[0]) || IsBlank(text[^1]))
        {
            Fail(FindingCode.UntrimmedContent, "The text begins or ends with white space.", turn.ContentColumn, Content(turn.Index), FindingSeverity.Info);
        }
    }

    private string List => Shape == RowShape.ShareGpt ? "conversations" : "messages";

    /// <summary>Where the messages are.</summary>
    public RowPath Messages => Shape switch
    {
        RowShape.Alpaca => new RowPath("output"),
        RowShape.PromptCompletion => new RowPath("completion"),
        _ => new RowPath(List),
    };

    /// <summary>Where a message's role is.</summary>
    public RowPath Role(int index) => Shape switch
    {
        _ when index == SystemText => new RowPath("system"),
        RowShape.Chat => new RowPath("role", index),
        RowShape.ShareGpt => new RowPath("from", index, List),
        _ => new RowPath(null),
    };

    /// <summary>Where a message's text is.</summary>
    public RowPath Content(int index) => Shape switch
    {
        _ when index == SystemText => new RowPath("system"),
        RowShape.Chat => new RowPath("content", index),
        RowShape.ShareGpt => new RowPath("value", index, List),
        RowShape.Alpaca => new RowPath(index == AlpacaAnswer ? "output" : "instruction"),
        _ => new RowPath(index == 0 ? "prompt" : "completion"),
    };

    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r';

    private void Warn(FindingCode code, string reason, long column, int index) =>
        Fail(code, reason, column, Role(index), FindingSeverity.Warning);
}
