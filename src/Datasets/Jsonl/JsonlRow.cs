using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Jsonl;

/// <summary>Checks one line in one pass over its bytes; nothing of it is copied or decoded unless its hash is asked for.</summary>
internal sealed class JsonlRow(DatasetLimits limits, RowRules rules, RowHasher hasher)
{
    private readonly List<MessageText> _texts = [];
    private readonly JsonReaderOptions _options = new() { MaxDepth = limits.MaxDepth };
    private Text _promptId;

    /// <summary>Checks a row, between <see cref="RowRules.Begin"/> and <see cref="RowRules.End"/>.</summary>
    /// <param name="row">The line without its end.</param>
    /// <param name="hash">Whether the hash of a valid row is needed.</param>
    /// <returns>The hash, if asked for and the row was read to its end.</returns>
    public RowHash Check(ReadOnlySpan<byte> row, bool hash)
    {
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

        _texts.Clear();
        _promptId = default;

        // An exception a row would be slow where a whole file is something else; what can't begin a JSON value needs none.
        int start = row.IndexOfAnyExcept(" \t\r"u8);
        byte first = row[start];
        if (first != '{' && !"[\"-0123456789tfn"u8.Contains(first))
        {
            rules.FailAltogether(FindingCode.NotJson, "The line does not begin like JSON.", start + 1);
            return default;
        }

        var reader = new Utf8JsonReader(row, _options);
        try
        {
            _ = reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadRow(ref reader, hash);
            }
            else
            {
                rules.Fail(FindingCode.NotAnObject, $"A row must be an object; this is {Name(reader.TokenType)}.{ArrayHint(reader.TokenType)}", start + 1);
                reader.Skip();
            }

            _ = reader.Read();
        }
        catch (JsonException exception)
        {
            FailAsJson(row, ref reader, exception);
            return default;
        }

        return hash && rules.IsValid ? Hash(row) : default;
    }

    private void ReadRow(ref Utf8JsonReader reader, bool hash)
    {
        bool hasPrompt = false;
        bool hasPromptId = false;
        bool hasMessages = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            long column = reader.TokenStartIndex + 1;
            if (reader.ValueTextEquals("messages"u8))
            {
                NoteDuplicate(ref hasMessages, "messages", -1, column);
                _ = reader.Read();
                ReadMessages(ref reader, hash);
            }
            else if (reader.ValueTextEquals("prompt"u8))
            {
                NoteDuplicate(ref hasPrompt, "prompt", -1, column);
                _ = reader.Read();
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
                {
                    rules.Fail(FindingCode.InvalidPrompt, $"prompt must be a string or null; this is {Name(reader.TokenType)}.", Column(in reader), new RowPath("prompt"));
                    reader.Skip();
                }
            }
            else if (reader.ValueTextEquals("prompt_id"u8))
            {
                NoteDuplicate(ref hasPromptId, "prompt_id", -1, column);
                _ = reader.Read();
                ReadPromptId(ref reader);
            }
            else
            {
                _ = reader.Read();
                reader.Skip();
            }
        }

        if (!hasMessages)
        {
            rules.MissingMessages("The row has no messages.");
        }
    }

    private void ReadPromptId(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String or JsonTokenType.Number:
                _promptId = new Text(in reader);
                break;
            case JsonTokenType.Null:
                break;
            default:
                rules.Fail(FindingCode.InvalidPromptId, $"prompt_id must be a string, a number or null; this is {Name(reader.TokenType)}.",
                    Column(in reader), new RowPath("prompt_id"));
                reader.Skip();
                break;
        }
    }

    private void ReadMessages(ref Utf8JsonReader reader, bool hash)
    {
        long start = Column(in reader);
        if (reader.TokenType == JsonTokenType.Null)
        {
            rules.MissingMessages("messages is null.", start);
            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            rules.Fail(FindingCode.MessagesNotAnArray, $"messages must be an array; this is {Name(reader.TokenType)}.", start, new RowPath("messages"));
            reader.Skip();
            return;
        }

        for (int index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (!rules.NextMessage(Column(in reader)))
            {
                reader.Skip();
            }
            else if (reader.TokenType == JsonTokenType.StartObject)
            {
                ReadMessage(ref reader, index, hash);
            }
            else
            {
                rules.MessageNotAnObject(index, Name(reader.TokenType), Column(in reader));
                reader.Skip();
            }
        }

        rules.EndMessages(start);
    }

    private void ReadMessage(ref Utf8JsonReader reader, int index, bool hash)
    {
        long start = Column(in reader);
        long roleColumn = start;
        bool hasRole = false;
        bool hasContent = false;
        bool roleIsKnownMissing = true;
        bool contentIsMissing = true;
        ChatRole role = ChatRole.Unknown;
        Text content = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            long column = Column(in reader);
            if (reader.ValueTextEquals("role"u8))
            {
                NoteDuplicate(ref hasRole, "role", index, column);
                _ = reader.Read();
                roleColumn = Column(in reader);
                roleIsKnownMissing = reader.TokenType == JsonTokenType.Null;
                role = ReadRole(ref reader, index);
            }
            else if (reader.ValueTextEquals("content"u8))
            {
                NoteDuplicate(ref hasContent, "content", index, column);
                _ = reader.Read();
                contentIsMissing = reader.TokenType == JsonTokenType.Null;
                content = ReadContent(ref reader, index);
            }
            else
            {
                _ = reader.Read();
                reader.Skip();
            }
        }

        if (roleIsKnownMissing)
        {
            rules.MissingRole(index, roleColumn);
        }

        if (contentIsMissing)
        {
            rules.MissingContent(index, start);
        }

        if (role != ChatRole.Unknown)
        {
            rules.Turn(role, index, roleColumn);
        }

        if (hash)
        {
            _texts.Add(new MessageText(role, content));
        }
    }

    private ChatRole ReadRole(ref Utf8JsonReader reader, int index)
    {
        long column = Column(in reader);
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return ChatRole.Unknown;
            case JsonTokenType.String when !reader.ValueIsEscaped:
                return rules.Role(reader.ValueSpan, index, column);
            case JsonTokenType.String:
                // Nobody writes a role with escapes, but JSON allows it.
                return reader.ValueTextEquals("user"u8) ? ChatRole.User
                    : reader.ValueTextEquals("assistant"u8) ? ChatRole.Assistant
                    : reader.ValueTextEquals("system"u8) ? ChatRole.System
                    : rules.Role([], index, column);
            default:
                rules.UnknownRole(index, $"this is {Name(reader.TokenType)}", column);
                reader.Skip();
                return ChatRole.Unknown;
        }
    }

    private Text ReadContent(ref Utf8JsonReader reader, int index)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return default;
            case JsonTokenType.String:
                if (IsBlank(reader.ValueSpan))
                {
                    rules.EmptyContent(index, Column(in reader));
                }

                return new Text(in reader);
            default:
                rules.Fail(FindingCode.ContentNotAString, $"content must be a string; this is {Name(reader.TokenType)}.", Column(in reader), new RowPath("content", index));
                reader.Skip();
                return default;
        }
    }

    private void NoteDuplicate(ref bool seen, string property, int message, long column)
    {
        if (seen)
        {
            rules.Fail(FindingCode.DuplicateProperty, $"{property} stands twice; readers differ in which one they take.", column, new RowPath(property, message));
        }

        seen = true;
    }

    private RowHash Hash(ReadOnlySpan<byte> row)
    {
        if (_promptId.Length > 0)
        {
            return _promptId.IsEscaped ? hasher.EscapedPromptId(_promptId.Quoted(row)) : hasher.PromptId(_promptId.Raw(row));
        }

        hasher.BeginMessages();
        foreach (ref readonly MessageText message in CollectionsMarshal.AsSpan(_texts))
        {
            if (message.Content.IsEscaped)
            {
                hasher.EscapedMessage(message.Role, message.Content.Quoted(row));
            }
            else
            {
                hasher.Message(message.Role, message.Content.Raw(row));
            }
        }

        return hasher.End();
    }

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

    private static bool IsBlank(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            bool isBlank = text[i] is (byte)' ' || (text[i] is (byte)'\\' && text[++i] is (byte)'n' or (byte)'r' or (byte)'t');
            if (!isBlank)
            {
                return false;
            }
        }

        return true;
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

    private static string ArrayHint(JsonTokenType type) =>
        type == JsonTokenType.StartArray ? " (A file that is one JSON array is not read: write one object a line.)" : "";

    private static string Name(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };

    /// <summary>Where a string or number stands in the row.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly struct Text
    {
        private readonly int _start;

        public Text(in Utf8JsonReader reader)
        {
            // A string's token starts at its quote.
            _start = (int)reader.TokenStartIndex + (reader.TokenType == JsonTokenType.String ? 1 : 0);
            Length = reader.ValueSpan.Length;
            IsEscaped = reader.ValueIsEscaped;
        }

        public int Length { get; }

        public bool IsEscaped { get; }

        public ReadOnlySpan<byte> Raw(ReadOnlySpan<byte> row) => row.Slice(_start, Length);

        public ReadOnlySpan<byte> Quoted(ReadOnlySpan<byte> row) => row.Slice(_start - 1, Length + 2);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct MessageText(ChatRole Role, Text Content);
}
