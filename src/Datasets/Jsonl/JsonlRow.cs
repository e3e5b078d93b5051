using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Jsonl;

/// <summary>
/// Reads a row of any JSON, says what is wrong with it and where, and maps what is called otherwise: ShareGPT's conversations, Alpaca's instruction
/// and output, prompt and completion.
/// </summary>
internal sealed class JsonlRow(DatasetLimits limits, RowRules rules)
{
    private const int LongestRole = 64;

    private readonly JsonReaderOptions _options = new() { MaxDepth = limits.MaxDepth };
    private readonly List<byte[]> _ignored = [];
    private readonly Field[] _fields = new Field[Enum.GetValues<Name>().Length];
    private Conversation _conversation = new();
    private bool _isTrainedOn;
    private RowFacts _facts;

    /// <summary>The properties of a row that are read, in the order in which a row's shape is decided.</summary>
    private enum Name
    {
        Messages,
        Prompt,
        PromptId,
        Conversations,
        Instruction,
        Input,
        Output,
        Completion,
        System,
    }

    /// <summary>Names of the last row's properties that nothing reads.</summary>
    public List<byte[]> Ignored => _ignored;

    /// <summary>Reads and checks a row.</summary>
    /// <param name="row">Its bytes.</param>
    /// <param name="conversation">Takes what it says.</param>
    /// <param name="isTrainedOn">Whether it needs an answer.</param>
    /// <returns>What it counts, if it was read to its end.</returns>
    public RowFacts Read(ReadOnlySpan<byte> row, Conversation conversation, bool isTrainedOn)
    {
        _ignored.Clear();
        _conversation = conversation;
        _isTrainedOn = isTrainedOn;
        _facts = default;
        conversation.Begin(row.Length);
        if (!Utf8.IsValid(row))
        {
            rules.FailAltogether(FindingCode.NotUtf8, "The line is not UTF-8.", FirstInvalidByte(row) + 1);
            return default;
        }

        if (LoneSurrogate(row) is >= 0 and int half)
        {
            rules.FailAltogether(FindingCode.LoneSurrogate, "An escape is half of a surrogate pair, which is no character.", half + 1);
            return default;
        }

        // An exception a row would be slow where a whole file is something else; what can't begin a JSON value needs none.
        int start = row.IndexOfAnyExcept(" \t\r\n"u8);
        if (start < 0 || (row[start] != '{' && !"[\"-0123456789tfn"u8.Contains(row[start])))
        {
            rules.FailAltogether(FindingCode.NotJson, start < 0 ? "There is nothing." : "The line does not begin like JSON.", Math.Max(start, 0) + 1);
            return default;
        }

        var reader = new Utf8JsonReader(row, _options);
        try
        {
            _ = reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadRow(row, ref reader);
            }
            else
            {
                rules.Fail(FindingCode.NotAnObject, $"A row must be an object; this is {Text(reader.TokenType)}.{ArrayHint(reader.TokenType)}", start + 1);
                reader.Skip();
            }

            _ = reader.Read();
        }
        catch (JsonException exception)
        {
            FailAsJson(row, ref reader, exception);
            return default;
        }

        return _facts;
    }

    private void ReadRow(ReadOnlySpan<byte> row, ref Utf8JsonReader reader)
    {
        Array.Clear(_fields);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            long column = Column(in reader);
            if (NameOf(in reader) is not { } name)
            {
                Ignore(ref reader);
                continue;
            }

            ref Field field = ref _fields[(int)name];
            if (field.Length > 0 && name <= Name.PromptId)
            {
                rules.Fail(FindingCode.DuplicateProperty, $"{(name == Name.PromptId ? "prompt_id" : name == Name.Prompt ? "prompt" : "messages")} stands twice; readers differ in which one they take.",
                    column, new RowPath(name == Name.PromptId ? "prompt_id" : name == Name.Prompt ? "prompt" : "messages"));
            }

            _ = reader.Read();
            int start = (int)reader.TokenStartIndex;
            JsonTokenType type = reader.TokenType;
            reader.Skip();
            field = new Field(start, (int)reader.BytesConsumed - start, type);
        }

        // What the messages are can be told only when all names are known.
        ReadShape(row);
    }

    private void ReadShape(ReadOnlySpan<byte> row)
    {
        bool isAlpaca = Has(Name.Instruction) && Has(Name.Output);
        if (Has(Name.Messages) || !(Has(Name.Conversations) || isAlpaca || Has(Name.Completion)))
        {
            Ignore([Name.Conversations, Name.Instruction, Name.Input, Name.Output, Name.Completion, Name.System]);
            ReadPrompt(row);
            ReadPromptId(row);
            if (!Has(Name.Messages))
            {
                rules.MissingMessages("The row has no messages.");
                return;
            }

            ReadMessages(row, _fields[(int)Name.Messages]);
            return;
        }

        _conversation.IsVerbatim = false;
        ReadPromptId(row);
        if (Has(Name.Conversations))
        {
            rules.Shape = _conversation.Shape = RowShape.ShareGpt;
            Ignore([Name.Instruction, Name.Input, Name.Output, Name.Completion]);
            ReadPrompt(row);
            ReadSystem(row);
            ReadMessages(row, _fields[(int)Name.Conversations]);
        }
        else if (isAlpaca)
        {
            rules.Shape = _conversation.Shape = RowShape.Alpaca;
            Ignore([Name.Completion]);
            ReadPrompt(row);
            ReadSystem(row);
            ReadAlpaca(row);
        }
        else
        {
            rules.Shape = _conversation.Shape = RowShape.PromptCompletion;
            Ignore([Name.Instruction, Name.Input, Name.Output]);
            ReadSystem(row);
            ReadText(row, Name.Prompt, ChatRole.User, 0);
            ReadText(row, Name.Completion, ChatRole.Assistant, 1);
        }

        if (!Has(Name.Conversations))
        {
            _facts = rules.Check(_conversation, _isTrainedOn, Column(_fields[(int)Name.Instruction]));
        }
    }

    private bool Has(Name name) => _fields[(int)name].Length > 0;

    /// <summary>Alpaca's instruction and its input are one question.</summary>
    private void ReadAlpaca(ReadOnlySpan<byte> row)
    {
        ReadText(row, Name.Instruction, ChatRole.User, 1);
        ref readonly Field input = ref _fields[(int)Name.Input];
        ref Turn question = ref _conversation.Turns[^1];
        if (input.Type == JsonTokenType.String && input.Length > 2 && question.HasText)
        {
            _conversation.Append("\n\n"u8);
            var reader = new Utf8JsonReader(row.Slice(input.Start, input.Length));
            _ = reader.Read();
            question.Length += 2 + _conversation.Append(ref reader);
        }
        else if (input.Length > 0 && input.Type is not (JsonTokenType.String or JsonTokenType.Null))
        {
            rules.Fail(FindingCode.ContentNotAString, $"input must be a string; this is {Text(input.Type)}.", Column(input), new RowPath("input"));
        }

        ReadText(row, Name.Output, ChatRole.Assistant, RowRules.AlpacaAnswer);
    }

    private void ReadSystem(ReadOnlySpan<byte> row)
    {
        // An empty one is none: tables of texts have one in every row.
        if (_fields[(int)Name.System] is { Type: not (JsonTokenType.None or JsonTokenType.Null) } and not { Type: JsonTokenType.String, Length: 2 })
        {
            ReadText(row, Name.System, ChatRole.System, RowRules.SystemText);
        }
    }

    /// <summary>Reads a property whose text is a whole message.</summary>
    private void ReadText(ReadOnlySpan<byte> row, Name name, ChatRole role, int index)
    {
        ref readonly Field field = ref _fields[(int)name];
        ref Turn turn = ref _conversation.Add();
        turn.Role = role;
        turn.Index = index;
        turn.ContentColumn = turn.RoleColumn = Column(field);
        if (field.Type == JsonTokenType.String)
        {
            var reader = new Utf8JsonReader(row.Slice(field.Start, field.Length));
            _ = reader.Read();
            turn.HasText = true;
            turn.Length = _conversation.Append(ref reader);
        }
        else if (field.Length == 0 || field.Type == JsonTokenType.Null)
        {
            rules.MissingContent(index, Column(field));
        }
        else
        {
            rules.Fail(FindingCode.ContentNotAString, $"{rules.Content(index).Property} must be a string; this is {Text(field.Type)}.", Column(field), rules.Content(index));
        }
    }

    private void ReadPrompt(ReadOnlySpan<byte> row)
    {
        ref readonly Field field = ref _fields[(int)Name.Prompt];
        if (field.Length > 0 && field.Type is not (JsonTokenType.String or JsonTokenType.Null))
        {
            rules.Fail(FindingCode.InvalidPrompt, $"prompt must be a string or null; this is {Text(field.Type)}.", Column(field), new RowPath("prompt"));
        }
        else
        {
            _conversation.Prompt = (field.Start, field.Length);
        }
    }

    private void ReadPromptId(ReadOnlySpan<byte> row)
    {
        ref readonly Field field = ref _fields[(int)Name.PromptId];
        switch (field.Type)
        {
            case JsonTokenType.String:
                var reader = new Utf8JsonReader(row.Slice(field.Start, field.Length));
                _ = reader.Read();
                _conversation.SetPromptId(_conversation.Append(ref reader));
                break;
            case JsonTokenType.Number:
                _conversation.Append(row.Slice(field.Start, field.Length));
                _conversation.SetPromptId(field.Length);
                break;
            case JsonTokenType.None or JsonTokenType.Null:
                break;
            default:
                rules.Fail(FindingCode.InvalidPromptId, $"prompt_id must be a string, a number or null; this is {Text(field.Type)}.", Column(field), new RowPath("prompt_id"));
                return;
        }

        _conversation.PromptIdJson = (field.Start, field.Length);
    }

    private void ReadMessages(ReadOnlySpan<byte> row, Field field)
    {
        long start = Column(field);
        if (field.Type == JsonTokenType.Null)
        {
            rules.MissingMessages($"{rules.Messages.Property} is null.", start);
            return;
        }

        if (field.Type != JsonTokenType.StartArray)
        {
            rules.Fail(FindingCode.MessagesNotAnArray, $"{rules.Messages.Property} must be an array; this is {Text(field.Type)}.", start, rules.Messages);
            return;
        }

        var reader = new Utf8JsonReader(row.Slice(field.Start, field.Length), _options);
        _ = reader.Read();
        for (int index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            long column = field.Start + Column(in reader);
            if (!rules.NextMessage(column))
            {
                reader.Skip();
            }
            else if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadMessage(ref reader, index, field.Start);
            }
            else
            {
                rules.MessageNotAnObject(index, Text(reader.TokenType), column);
                reader.Skip();
            }
        }

        if (_conversation.Count == 0 && rules.IsClean)
        {
            rules.Fail(FindingCode.EmptyMessages, $"{rules.Messages.Property} is empty.", start, rules.Messages);
        }

        _facts = rules.Check(_conversation, _isTrainedOn, start);
    }

    private void ReadMessage(ref Utf8JsonReader reader, int index, long offset)
    {
        bool isShareGpt = rules.Shape == RowShape.ShareGpt;
        long start = offset + Column(in reader);
        bool hasRole = false;
        bool hasContent = false;
        bool roleIsMissing = true;
        bool contentIsMissing = true;
        ref Turn turn = ref _conversation.Add();
        turn.Index = index;
        turn.RoleColumn = start;
        turn.ContentColumn = start;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            long column = offset + Column(in reader);
            if (reader.ValueTextEquals("role"u8) || (isShareGpt && reader.ValueTextEquals("from"u8)))
            {
                NoteDuplicate(ref hasRole, rules.Role(index), column);
                _ = reader.Read();
                turn.RoleColumn = offset + Column(in reader);
                roleIsMissing = reader.TokenType == JsonTokenType.Null;
                ReadRole(ref reader, ref turn, isShareGpt);
            }
            else if (reader.ValueTextEquals("content"u8) || (isShareGpt && reader.ValueTextEquals("value"u8)))
            {
                NoteDuplicate(ref hasContent, rules.Content(index), column);
                _ = reader.Read();
                turn.ContentColumn = offset + Column(in reader);
                contentIsMissing = reader.TokenType == JsonTokenType.Null;
                ReadContent(ref reader, ref turn);
            }
            else
            {
                Ignore(ref reader);
            }
        }

        if (roleIsMissing)
        {
            rules.MissingRole(index, turn.RoleColumn);
        }

        if (contentIsMissing)
        {
            rules.MissingContent(index, start);
        }
    }

    private void ReadRole(ref Utf8JsonReader reader, ref Turn turn, bool isShareGpt)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            rules.UnknownRole(turn.Index, $"this is {Text(reader.TokenType)}", turn.RoleColumn);
            reader.Skip();
            return;
        }

        // A role's word is short; a longer one is none of those that are known.
        Span<byte> word = stackalloc byte[LongestRole];
        int length = reader.ValueSpan.Length > word.Length ? 0 : reader.CopyString(word);
        (turn.Role, turn.Meant) = RoleNames.Read(word[..length], isShareGpt);
        if (turn.Role == ChatRole.Unknown)
        {
            rules.UnknownRole(turn.Index, "this is another text", turn.RoleColumn);
        }
    }

    private void ReadContent(ref Utf8JsonReader reader, ref Turn turn)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String:
                turn.HasText = true;
                turn.Start = _conversation.Used;
                turn.Length = _conversation.Append(ref reader);
                break;
            default:
                rules.Fail(FindingCode.ContentNotAString, $"{rules.Content(turn.Index).Property} must be a string; this is {Text(reader.TokenType)}.", turn.ContentColumn, rules.Content(turn.Index));
                reader.Skip();
                break;
        }
    }

    private void NoteDuplicate(ref bool seen, RowPath path, long column)
    {
        if (seen)
        {
            rules.Fail(FindingCode.DuplicateProperty, $"{path.Property} stands twice; readers differ in which one they take.", column, path);
        }

        seen = true;
    }

    /// <summary>Skips a property that nothing reads; the row can then not be written as it is.</summary>
    private void Ignore(ref Utf8JsonReader reader)
    {
        _conversation.IsVerbatim = false;
        AddIgnored(reader.ValueSpan);
        _ = reader.Read();
        reader.Skip();
    }

    /// <summary>Leaves out what would be read in a row of another shape.</summary>
    private void Ignore(ReadOnlySpan<Name> names)
    {
        foreach (Name name in names)
        {
            if (Has(name))
            {
                _conversation.IsVerbatim = false;
                AddIgnored(Encoding.ASCII.GetBytes(name.ToString().ToLowerInvariant()));
            }
        }
    }

    private void AddIgnored(ReadOnlySpan<byte> name)
    {
        foreach (byte[] known in _ignored)
        {
            if (name.SequenceEqual(known))
            {
                return;
            }
        }

        const int MaxNames = 20;
        const int MaxNameBytes = 60;
        if (_ignored.Count < MaxNames && name.Length <= MaxNameBytes)
        {
            _ignored.Add(name.ToArray());
        }
    }

    private static Name? NameOf(in Utf8JsonReader reader) =>
        reader.ValueTextEquals("messages"u8) ? Name.Messages
        : reader.ValueTextEquals("prompt"u8) ? Name.Prompt
        : reader.ValueTextEquals("prompt_id"u8) ? Name.PromptId
        : reader.ValueTextEquals("conversations"u8) ? Name.Conversations
        : reader.ValueTextEquals("instruction"u8) ? Name.Instruction
        : reader.ValueTextEquals("input"u8) ? Name.Input
        : reader.ValueTextEquals("output"u8) ? Name.Output
        : reader.ValueTextEquals("completion"u8) ? Name.Completion
        : reader.ValueTextEquals("system"u8) ? Name.System
        : null;

    /// <summary>
    /// Finds an escape that is half of a surrogate pair, or returns -1. JSON may spell it; UTF-8 can't, and whatever decodes the text fails on it.
    /// Backslashes stand in strings only, so that no JSON needs to be understood; what is no JSON is found later.
    /// </summary>
    private static int LoneSurrogate(ReadOnlySpan<byte> row)
    {
        if (row.IndexOf("\\u"u8) < 0)
        {
            return -1;
        }

        int at = 0;
        while (row[at..].IndexOf((byte)'\\') is >= 0 and int skip)
        {
            at += skip;
            int unit = CodeUnit(row[at..]);
            if (unit < 0)
            {
                at = Math.Min(at + 2, row.Length);
            }
            else if (!char.IsSurrogate((char)unit))
            {
                at += 6;
            }
            else if (char.IsHighSurrogate((char)unit) && CodeUnit(row[(at + 6)..]) is >= 0 and int low && char.IsLowSurrogate((char)low))
            {
                at += 12;
            }
            else
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Reads an escape such as <c>\u00e9</c> at the start of a text, or returns -1.</summary>
    private static int CodeUnit(ReadOnlySpan<byte> text) =>
        text.Length >= 6 && text.StartsWith("\\u"u8) && ushort.TryParse(text[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit)
            ? unit
            : -1;

    private void FailAsJson(ReadOnlySpan<byte> row, ref Utf8JsonReader reader, JsonException exception)
    {
        long at = exception.BytePositionInLine ?? reader.BytesConsumed;
        for (long line = exception.LineNumber ?? 0, start = 0; line > 0; line--)
        {
            // A row of an array may be written on several lines.
            int length = row[(int)start..].IndexOf((byte)'\n') + 1;
            (start, at) = (start + length, at + length);
        }

        int depth = reader.CurrentDepth + (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? 1 : 0);
        if (depth >= limits.MaxDepth && at < row.Length && row[(int)at] is (byte)'{' or (byte)'[')
        {
            rules.FailAltogether(FindingCode.NestedTooDeep,
                string.Create(CultureInfo.InvariantCulture, $"Objects or arrays are nested more than {limits.MaxDepth} deep."), at + 1);
        }
        else
        {
            rules.FailAltogether(FindingCode.NotJson,
                at >= row.Length ? "The line ends in the middle of a JSON value." : "The line is not one JSON value: this is where it stops being JSON.", at + 1);
        }
    }

    private static int FirstInvalidByte(ReadOnlySpan<byte> row)
    {
        int at = 0;
        while (Rune.DecodeFromUtf8(row[at..], out _, out int length) == OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }

    private static long Column(in Utf8JsonReader reader) => reader.TokenStartIndex + 1;

    private static long Column(Field field) => field.Length > 0 ? field.Start + 1 : 0;

    private static string ArrayHint(JsonTokenType type) =>
        type == JsonTokenType.StartArray ? " (A file that is one array of objects is read when it is named .json.)" : "";

    private static string Text(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };

    /// <summary>Where a property's value stands in the row; no length when it is not there.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Field(int Start, int Length, JsonTokenType Type);
}
