using System.Globalization;
using System.Runtime.InteropServices;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Rows;

/// <summary>
/// The rules that are the same whatever a row was read from, and the findings of the row at hand.
/// A row gets each code at most once, at its first place: counts are counts of rows.
/// </summary>
internal sealed class RowRules(FindingLog log, DatasetLimits limits)
{
    private readonly List<PendingFinding> _pending = [];
    private string _file = "";
    private long _row;
    private bool _isTrainedOn;
    private int _messages;
    private bool _rolesKnown;
    private bool _hasAssistant;
    private ChatRole _lastRole;
    private bool _repeatsRole;

    /// <summary>Rows read so far, valid or not, of all files.</summary>
    public long Rows { get; private set; }

    /// <summary>Rows that break a rule.</summary>
    public long InvalidRows { get; private set; }

    /// <summary>Rows in which two turns of the same role follow each other.</summary>
    public RowNote RepeatedRoles { get; } = new();

    /// <summary>Rows of training, validation and test splits whose last turn is not the assistant's.</summary>
    public RowNote UnansweredRows { get; } = new();

    public void Begin(string file, long row, SplitKind? split)
    {
        Rows++;
        _file = file;
        _row = row;
        _isTrainedOn = split is not (SplitKind.TrainGeneration or SplitKind.TestGeneration);
        _messages = 0;
        _rolesKnown = true;
        _hasAssistant = false;
        _lastRole = ChatRole.Unknown;
        _repeatsRole = false;
        _pending.Clear();
    }

    /// <summary>Whether nothing is wrong with the row so far.</summary>
    public bool IsValid => _pending.Count == 0;

    /// <summary>Notes a broken rule.</summary>
    /// <param name="code">Which.</param>
    /// <param name="reason">What is wrong, without any text of the row.</param>
    /// <param name="column">Byte in the row, from 1; 0 when not known.</param>
    /// <param name="path">Where in the row.</param>
    public void Fail(FindingCode code, string reason, long column = 0, RowPath? path = null)
    {
        foreach (PendingFinding finding in _pending)
        {
            if (finding.Code == code)
            {
                return;
            }
        }

        _pending.Add(new PendingFinding(code, reason, column, path));
    }

    /// <summary>Notes that the row can't be read to its end, which makes everything else that was found guesswork.</summary>
    public void FailAltogether(FindingCode code, string reason, long column = 0)
    {
        _pending.Clear();
        Fail(code, reason, column);
    }

    /// <summary>Starts the next message.</summary>
    /// <returns>False when there are too many; the rest is skipped.</returns>
    public bool NextMessage(long column)
    {
        if (++_messages <= limits.MaxMessages)
        {
            return true;
        }

        Fail(FindingCode.TooManyMessages, string.Create(CultureInfo.InvariantCulture, $"There are more than {limits.MaxMessages} messages."),
            column, new RowPath("messages"));
        return false;
    }

    public void MessageNotAnObject(int index, string whatItIs, long column)
    {
        _rolesKnown = false;
        Fail(FindingCode.MessageNotAnObject, $"A message must be an object with role and content; this is {whatItIs}.", column, new RowPath(null, index));
    }

    /// <summary>Checks a role's text.</summary>
    public ChatRole Role(ReadOnlySpan<byte> role, int index, long column)
    {
        ChatRole known = role.SequenceEqual("user"u8) ? ChatRole.User
            : role.SequenceEqual("assistant"u8) ? ChatRole.Assistant
            : role.SequenceEqual("system"u8) ? ChatRole.System
            : ChatRole.Unknown;
        if (known == ChatRole.Unknown)
        {
            UnknownRole(index, "this is another text", column);
        }

        return known;
    }

    public void UnknownRole(int index, string what, long column)
    {
        _rolesKnown = false;
        Fail(FindingCode.UnknownRole, $"role must be system, user or assistant, in lower case; {what}.", column, new RowPath("role", index));
    }

    public void MissingRole(int index, long column)
    {
        _rolesKnown = false;
        Fail(FindingCode.MissingRole, "The message has no role.", column, new RowPath("role", index));
    }

    public void MissingContent(int index, long column) =>
        Fail(FindingCode.MissingContent, "The message has no content.", column, new RowPath("content", index));

    public void EmptyContent(int index, long column) =>
        Fail(FindingCode.EmptyContent, "content is empty or only white space.", column, new RowPath("content", index));

    /// <summary>Takes a turn of a known role into account.</summary>
    public void Turn(ChatRole role, int index, long column)
    {
        if (role == ChatRole.Assistant)
        {
            _hasAssistant = true;
            if (index == 0)
            {
                Fail(FindingCode.FirstTurnNotUserOrSystem, "The first message must be the system's or the user's.", column, new RowPath("role", index));
            }
        }

        _repeatsRole |= role == _lastRole;
        _lastRole = role;
    }

    public void MissingMessages(string what, long column = 0) =>
        Fail(FindingCode.MissingMessages, what, column, new RowPath("messages"));

    /// <summary>Ends <c>messages</c>: what can be said only of the whole conversation.</summary>
    public void EndMessages(long column)
    {
        if (_messages == 0)
        {
            Fail(FindingCode.EmptyMessages, "messages is empty.", column, new RowPath("messages"));
        }
        else if (_isTrainedOn && _rolesKnown && !_hasAssistant)
        {
            Fail(FindingCode.NoAssistantMessage, "No message is the assistant's: there is nothing to learn.", column, new RowPath("messages"));
        }
    }

    /// <summary>Ends the row and logs what was found.</summary>
    /// <returns>Whether the row is valid.</returns>
    public bool End()
    {
        foreach (ref readonly PendingFinding finding in CollectionsMarshal.AsSpan(_pending))
        {
            log.Add(_file, _row, finding);
        }

        if (_pending.Count > 0)
        {
            InvalidRows++;
            return false;
        }

        if (_repeatsRole)
        {
            RepeatedRoles.Add(_file, _row);
        }

        if (_isTrainedOn && _lastRole != ChatRole.Assistant)
        {
            UnansweredRows.Add(_file, _row);
        }

        return true;
    }
}
