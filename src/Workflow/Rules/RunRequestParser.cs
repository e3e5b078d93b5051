using System.Globalization;
using System.Text;
using System.Text.Json;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>One pass over a JSON text that notes every error with its place and goes on.</summary>
internal ref struct RunRequestParser
{
    private const int MaxShownText = 60;

    // A megabyte can hold a hundred thousand errors; people read a hundred, and each place costs a scan of the text.
    private const int MaxErrors = 100;

    private readonly ReadOnlySpan<byte> _text;
    private readonly List<FieldError> _errors = [];
    private readonly Dictionary<string, long> _valueOffsets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wrongPaths = new(StringComparer.Ordinal);
    private Utf8JsonReader _json;
    private string _path = "$";
    private int _unlisted;

    public RunRequestParser(ReadOnlySpan<byte> text, int maxDepth)
    {
        _text = text;
        _json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = maxDepth });
    }

    private readonly int ErrorCount => _errors.Count + _unlisted;

    /// <summary>All errors in the order of the text, those outside of it last.</summary>
    public readonly IReadOnlyList<FieldError> CollectErrors()
    {
        IEnumerable<FieldError> errors = _errors.OrderBy(error => error.Line ?? long.MaxValue).ThenBy(error => error.Column);
        return _unlisted == 0 ? [.. errors] : [.. errors, new FieldError("$", $"There are {_unlisted.ToString(CultureInfo.InvariantCulture)} more errors.")];
    }

    /// <summary>Reads the whole text as one object.</summary>
    /// <returns>The record, of use only when there are no errors; null when the text is not JSON.</returns>
    public T? ReadDocument<T>(T record, Dictionary<string, FieldReader<T>> fields)
        where T : class
    {
        try
        {
            _json.Read();
            T result = ReadObject(record, fields);

            // Anything but white space after the object throws.
            _json.Read();
            return result;
        }
        catch (JsonException error)
        {
            AddSyntaxError(error);
        }
        catch (InvalidOperationException)
        {
            // Utf8JsonReader's answer to a string with an escaped half of a surrogate pair.
            AddAt(_json.TokenStartIndex, "$", "Holds an escape of half a character (a lone surrogate).");
        }

        return null;
    }

    public T ReadObject<T>(T record, Dictionary<string, FieldReader<T>> fields)
    {
        if (!Expect(JsonTokenType.StartObject, "an object"))
        {
            return record;
        }

        string path = _path;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (ReadName(path, out string name, out long offset))
        {
            if (fields.TryGetValue(name, out FieldReader<T>? reader))
            {
                if (!seen.Add(name))
                {
                    AddAt(offset, _path, "Is given twice.");
                    _json.Skip();
                    continue;
                }

                _valueOffsets.TryAdd(_path, _json.TokenStartIndex);
                record = reader(ref this, record);
            }
            else
            {
                string? nearest = _unlisted > 0 ? null : NearestName.Find(name, fields.Keys);
                AddAt(offset, _path, nearest is null ? $"Is no field. There are: {string.Join(", ", fields.Keys)}." : $"Is no field. Did you mean {nearest}?");
                _json.Skip();
            }
        }

        _path = path;
        return record;
    }

    /// <summary>Reads an object whose names are free, over what is there.</summary>
    public IReadOnlyDictionary<string, T> ReadMap<T>(IReadOnlyDictionary<string, T> defaults, MapValueReader<T> readValue)
    {
        if (!Expect(JsonTokenType.StartObject, "an object"))
        {
            return defaults;
        }

        string path = _path;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var values = new Dictionary<string, T>(defaults, StringComparer.Ordinal);
        while (ReadName(path, out string name, out long offset))
        {
            if (!seen.Add(name))
            {
                AddAt(offset, _path, "Is given twice.");
                _json.Skip();
                continue;
            }

            _valueOffsets.TryAdd(_path, _json.TokenStartIndex);
            int errors = ErrorCount;
            T value = readValue(ref this, values.GetValueOrDefault(name));
            if (errors == ErrorCount)
            {
                values[name] = value;
            }
        }

        _path = path;
        return values;
    }

    public string ReadText(string value) => Expect(JsonTokenType.String, "a string") ? _json.GetString()! : value;

    public string? ReadOptionalText(string? value) =>
        _json.TokenType == JsonTokenType.Null ? null : Expect(JsonTokenType.String, "a string or null") ? _json.GetString() : value;

    public double ReadNumber(double value) => TryReadNumber("a number", out double number) ? number : value;

    public double? ReadOptionalNumber(double? value) =>
        _json.TokenType == JsonTokenType.Null ? null : TryReadNumber("a number or null", out double number) ? number : value;

    public int ReadInteger(int value)
    {
        if (!Expect(JsonTokenType.Number, "an integer"))
        {
            return value;
        }

        if (_json.TryGetInt32(out int integer))
        {
            return integer;
        }

        AddHere($"Must be an integer from {int.MinValue} to {int.MaxValue}, not {ShowToken()}.");
        return value;
    }

    public int? ReadOptionalInteger(int? value) => _json.TokenType == JsonTokenType.Null ? null : ReadInteger(value ?? 0);

    public bool ReadBoolean(bool value)
    {
        if (_json.TokenType is JsonTokenType.True or JsonTokenType.False)
        {
            return _json.GetBoolean();
        }

        AddWrongType("true or false");
        return value;
    }

    public T ReadWord<T>(T value)
        where T : struct, Enum
    {
        string words = string.Join(" or ", Enum.GetNames<T>().Select(word => $"\"{word}\""));
        if (!Expect(JsonTokenType.String, words))
        {
            return value;
        }

        string text = _json.GetString()!;
        foreach (T member in Enum.GetValues<T>())
        {
            if (string.Equals(text, member.ToString(), StringComparison.OrdinalIgnoreCase))
            {
                return member;
            }
        }

        AddHere($"Must be {words}, not {ShowToken()}.");
        return value;
    }

    public TimeSpan ReadDuration(TimeSpan value)
    {
        const string Rule = "a string with an ISO 8601 duration of days, hours, minutes and seconds, such as \"PT4H\" or \"P1DT30M\"";
        if (!Expect(JsonTokenType.String, Rule))
        {
            return value;
        }

        if (IsoDurationConverter.TryParse(_json.GetString()!, out TimeSpan duration))
        {
            return duration;
        }

        AddHere($"Must be {Rule}, not {ShowToken()}.");
        return value;
    }

    /// <summary>A string, number or boolean that is kept as it is written.</summary>
    public JsonElement ReadScalar()
    {
        if (_json.TokenType is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False)
        {
            if (_json.TokenType == JsonTokenType.String)
            {
                // Throws for what JsonElement would only refuse when somebody reads it.
                _json.GetString();
            }

            return JsonElement.ParseValue(ref _json);
        }

        AddWrongType("a string, a number or a boolean");
        return default;
    }

    /// <summary>Adds an error that knows its path only, unless the same field is known to be wrong already.</summary>
    public void AddLocated(FieldError error)
    {
        if (_wrongPaths.Contains(error.Path))
        {
            return;
        }

        if (_valueOffsets.TryGetValue(error.Path, out long offset))
        {
            AddAt(offset, error.Path, error.Message);
        }
        else if (_errors.Count < MaxErrors)
        {
            _errors.Add(error);
        }
        else
        {
            _unlisted++;
        }
    }

    public void AddInvalidUtf8()
    {
        int offset = 0;
        while (Rune.DecodeFromUtf8(_text[offset..], out _, out int length) == System.Buffers.OperationStatus.Done)
        {
            offset += length;
        }

        AddAt(offset, "$", "Is not UTF-8 text here.");
    }

    private bool ReadName(string parent, out string name, out long offset)
    {
        _json.Read();
        offset = _json.TokenStartIndex;
        if (_json.TokenType == JsonTokenType.EndObject)
        {
            name = string.Empty;
            return false;
        }

        name = _json.GetString()!;
        _path = JsonPath.Member(parent, name);
        _json.Read();
        return true;
    }

    private bool TryReadNumber(string expected, out double number)
    {
        number = 0;
        if (!Expect(JsonTokenType.Number, expected))
        {
            return false;
        }

        if (_json.TryGetDouble(out number) && double.IsFinite(number))
        {
            return true;
        }

        AddHere($"Must be a number that a double can hold, not {ShowToken()}.");
        return false;
    }

    private bool Expect(JsonTokenType type, string expected)
    {
        if (_json.TokenType == type)
        {
            return true;
        }

        AddWrongType(expected);
        return false;
    }

    private void AddWrongType(string expected)
    {
        bool isNull = _json.TokenType == JsonTokenType.Null;
        AddHere(isNull ? $"Must be {expected}, not null; leave the field out to have its default." : $"Must be {expected}, not {ShowToken()}.");
        _json.Skip();
    }

    private readonly string ShowToken()
    {
        switch (_json.TokenType)
        {
            case JsonTokenType.StartObject:
                return "an object";
            case JsonTokenType.StartArray:
                return "an array";
            default:
                int start = (int)_json.TokenStartIndex;
                string token = Encoding.UTF8.GetString(_text[start..(int)_json.BytesConsumed]);
                return token.Length <= MaxShownText
                    ? token
                    : string.Concat(token.AsSpan(0, MaxShownText - (char.IsHighSurrogate(token[MaxShownText - 1]) ? 1 : 0)), "...");
        }
    }

    private void AddHere(string message)
    {
        _wrongPaths.Add(_path);
        AddAt(_json.TokenStartIndex, _path, message);
    }

    private void AddAt(long offset, string path, string message)
    {
        if (_errors.Count < MaxErrors)
        {
            _errors.Add(At(offset, path, message));
        }
        else
        {
            _unlisted++;
        }
    }

    private void AddSyntaxError(JsonException error)
    {
        int lineStart = 0;
        for (long line = error.LineNumber ?? 0; line > 0; line--)
        {
            lineStart += _text[lineStart..].IndexOf((byte)'\n') + 1;
        }

        int offset = Math.Min(lineStart + (int)(error.BytePositionInLine ?? 0), _text.Length);
        byte found = offset < _text.Length ? _text[offset] : (byte)0;
        ReadOnlySpan<byte> before = _text[..offset].TrimEnd(" \t\r\n"u8);
        string message = found switch
        {
            _ when _text.IndexOfAnyExcept(" \t\r\n"u8) < 0 => "Is empty; the least request is {}.",
            0 when offset == _text.Length => "Is not JSON: the text ends too early.",
            (byte)'/' or (byte)'#' => "Is not JSON: comments are not allowed.",
            (byte)'}' or (byte)']' when before.EndsWith(","u8) => "Is not JSON: no comma may stand before a closing bracket.",
            (byte)'\'' => "Is not JSON: strings and names stand in double quotes.",
            _ => $"Is not JSON: {WithoutPosition(error.Message)}",
        };
        AddAt(offset, "$", message);
    }

    // The reader ends its messages with its own positions, counted from 0.
    private static string WithoutPosition(string message)
    {
        int end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }

    private readonly FieldError At(long offset, string path, string message)
    {
        ReadOnlySpan<byte> before = _text[..(int)offset];
        int lineStart = before.LastIndexOf((byte)'\n') + 1;
        return new FieldError(path, message, before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[lineStart..]) + 1);
    }
}
