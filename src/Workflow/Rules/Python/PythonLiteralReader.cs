using System.Globalization;
using System.Numerics;
using System.Text;

namespace FineTune.Workflow.Rules;

/// <summary>A recursive-descent reader over one text.</summary>
internal sealed class PythonLiteralReader(string text)
{
    // sys.get_int_max_str_digits(): CPython refuses longer decimal integers, since reading them takes quadratic time.
    private const int MaxDigits = 4300;

    private int _position;
    private int _depth;

    public PythonValue ReadAll()
    {
        SkipSpace(acrossLines: true);
        int start = _position;
        PythonValue value = ReadValue();
        SkipSpace(acrossLines: false);
        if (!AtEnd && Current == ',')
        {
            value = ReadBareTuple(value, start);
        }

        SkipSpace(acrossLines: true);
        return AtEnd ? value : throw Error("the end");
    }

    private bool AtEnd => _position >= text.Length;

    private char Current => text[_position];

    // "'a', 'b'" is a tuple without its parentheses.
    private PythonList ReadBareTuple(PythonValue first, int start)
    {
        List<PythonValue> items = [first];
        while (!AtEnd && Current == ',')
        {
            _position++;
            SkipSpace(acrossLines: false);
            if (AtEnd || IsNewLine(Current))
            {
                break;
            }

            items.Add(ReadValue());
            SkipSpace(acrossLines: false);
        }

        return new PythonList(items, isTuple: true) { Offset = start };
    }

    private PythonValue ReadValue()
    {
        if (AtEnd)
        {
            throw Error("a value");
        }

        int start = _position;
        char c = Current;
        switch (c)
        {
            case '[':
                return new PythonList(ReadItems(']', out _)) { Offset = start };
            case '(':
                List<PythonValue> items = ReadItems(')', out bool isTuple);
                return isTuple ? new PythonList(items, isTuple: true) { Offset = start } : items[0];
            case '{':
                return ReadDictionary();
            case '\'' or '"':
                return ReadStrings();
            case '+' or '-':
                _position++;
                SkipSpace(_depth > 0);
                return AtEnd || !IsNumberStart() ? throw Error("a number after the sign") : ReadNumber(start, negative: c == '-');
            default:
                if (IsNumberStart())
                {
                    return ReadNumber(start, negative: false);
                }

                return StringPrefixLength() > 0 ? ReadStrings() : ReadWord();
        }
    }

    // Elements of [...] or (...). Parentheses around one value without a comma are no tuple.
    private List<PythonValue> ReadItems(char close, out bool isTuple)
    {
        Enter();
        List<PythonValue> items = [];
        isTuple = true;
        while (true)
        {
            SkipSpace(acrossLines: true);
            if (!AtEnd && Current == close)
            {
                break;
            }

            items.Add(ReadValue());
            SkipSpace(acrossLines: true);
            if (!AtEnd && Current == ',')
            {
                _position++;
                continue;
            }

            isTuple = items.Count != 1;
            if (AtEnd || Current != close)
            {
                throw Error($"',' or '{close}'");
            }
        }

        Leave();
        return items;
    }

    private PythonDict ReadDictionary()
    {
        int start = _position;
        Enter();
        var items = new OrderedDictionary<string, PythonValue>(StringComparer.Ordinal);
        while (true)
        {
            SkipSpace(acrossLines: true);
            if (!AtEnd && Current == '}')
            {
                break;
            }

            int keyStart = _position;
            PythonValue key = ReadValue();
            if (key is not PythonString { Value: string name })
            {
                throw new PythonLiteralException(text, keyStart, "a string as key", key.Description);
            }

            SkipSpace(acrossLines: true);
            if (AtEnd || Current != ':')
            {
                throw Error("':' after the key");
            }

            _position++;
            SkipSpace(acrossLines: true);

            // As in Python, a key written twice keeps its first place and its last value.
            items[name] = ReadValue();
            SkipSpace(acrossLines: true);
            if (!AtEnd && Current == ',')
            {
                _position++;
            }
            else if (AtEnd || Current != '}')
            {
                throw Error("',' or '}'");
            }
        }

        Leave();
        return new PythonDict(items) { Offset = start };
    }

    private void Enter()
    {
        if (_depth == PythonLiteral.MaxDepth)
        {
            throw Error("at most 64 levels of nesting");
        }

        _depth++;
        _position++;
    }

    private void Leave()
    {
        _depth--;
        _position++;
    }

    // Adjacent strings are one: 'a' "b" is 'ab'. Outside of brackets they must be on one line.
    private PythonString ReadStrings()
    {
        int start = _position;
        string? first = null;
        StringBuilder? joined = null;
        while (true)
        {
            string part = ReadString();
            if (first is null)
            {
                first = part;
            }
            else
            {
                (joined ??= new StringBuilder(first)).Append(part);
            }

            int end = _position;
            SkipSpace(_depth > 0);
            if (AtEnd || (Current is not ('\'' or '"') && StringPrefixLength() == 0))
            {
                _position = end;
                return new PythonString(joined?.ToString() ?? first) { Offset = start };
            }
        }
    }

    private string ReadString()
    {
        int prefix = StringPrefixLength();
        bool isRaw = false;
        for (int i = 0; i < prefix; i++)
        {
            switch (text[_position + i])
            {
                case 'r' or 'R' when !isRaw:
                    isRaw = true;
                    break;
                case 'u' or 'U' when prefix == 1:
                    break;
                default:
                    throw Error("a plain string (bytes and formatted strings are not taken)", _position, _position + prefix);
            }
        }

        int start = _position;
        _position += prefix;
        char quote = Current;
        bool isTriple = string.CompareOrdinal(text, _position, new string(quote, 3), 0, 3) == 0;
        _position += isTriple ? 3 : 1;
        var value = new StringBuilder();
        while (true)
        {
            if (AtEnd || (!isTriple && IsNewLine(Current)))
            {
                throw new PythonLiteralException(
                    text, _position, $"the {(isTriple ? "three quotes" : "quote")} {quote} that {(isTriple ? "close" : "closes")} the string begun at index {start.ToString(CultureInfo.InvariantCulture)}", Found());
            }

            char c = Current;
            if (c == quote && (!isTriple || string.CompareOrdinal(text, _position, new string(quote, 3), 0, 3) == 0))
            {
                _position += isTriple ? 3 : 1;
                return value.ToString();
            }

            if (c == '\\')
            {
                ReadEscape(value, isRaw);
            }
            else
            {
                ReadCharacter(value);
            }
        }
    }

    private void ReadCharacter(StringBuilder value)
    {
        char c = Current;
        if (c == '\0')
        {
            throw Error("a character other than NUL");
        }

        if (c == '\r')
        {
            // Python's reader turns every line ending of a source into \n.
            value.Append('\n');
            _position += _position + 1 < text.Length && text[_position + 1] == '\n' ? 2 : 1;
            return;
        }

        if (char.IsSurrogate(c))
        {
            if (!char.IsHighSurrogate(c) || _position + 1 >= text.Length || !char.IsLowSurrogate(text[_position + 1]))
            {
                throw Error("a whole character");
            }

            value.Append(c);
            _position++;
        }

        value.Append(text[_position++]);
    }

    private void ReadEscape(StringBuilder value, bool isRaw)
    {
        int start = _position++;
        if (AtEnd)
        {
            throw Error("a character after the backslash");
        }

        if (isRaw)
        {
            // A raw string keeps the backslash, and a quote after one does not close it.
            value.Append('\\');
            ReadCharacter(value);
            return;
        }

        char c = Current;
        switch (c)
        {
            case '\n' or '\r':
                _position += c == '\r' && _position + 1 < text.Length && text[_position + 1] == '\n' ? 2 : 1;
                return;
            case 'x':
                AppendCodePoint(value, start, digits: 2);
                return;
            case 'u':
                AppendCodePoint(value, start, digits: 4);
                return;
            case 'U':
                AppendCodePoint(value, start, digits: 8);
                return;
            case 'N':
                throw Error(@"the character itself or its number, \uXXXX (names are not looked up)", start, _position + 1);
            case >= '0' and <= '7':
                int code = 0;
                for (int i = 0; i < 3 && !AtEnd && Current is >= '0' and <= '7'; i++)
                {
                    code = (code * 8) + (text[_position++] - '0');
                }

                value.Append((char)code);
                return;
        }

        if ("abfnrtv\\'\"".IndexOf(c, StringComparison.Ordinal) is int index and >= 0)
        {
            value.Append("\a\b\f\n\r\t\v\\'\""[index]);
            _position++;
            return;
        }

        // Python warns of an escape that it does not know, and keeps it as it stands.
        value.Append('\\');
        ReadCharacter(value);
    }

    private void AppendCodePoint(StringBuilder value, int start, int digits)
    {
        int first = ++_position;
        while (_position < first + digits)
        {
            if (AtEnd || !char.IsAsciiHexDigit(Current))
            {
                throw Error($"{digits.ToString(CultureInfo.InvariantCulture)} hexadecimal digits");
            }

            _position++;
        }

        uint code = uint.Parse(text.AsSpan(first, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (!Rune.TryCreate(code, out Rune rune))
        {
            throw Error("the number of a Unicode character (no surrogate)", start, _position);
        }

        value.Append(rune.ToString());
    }

    private int StringPrefixLength()
    {
        int end = _position;
        while (end < text.Length && end - _position < 2 && text[end] is 'r' or 'R' or 'u' or 'U' or 'b' or 'B' or 'f' or 'F')
        {
            end++;
        }

        return end < text.Length && end > _position && text[end] is '\'' or '"' ? end - _position : 0;
    }

    private bool IsNumberStart() =>
        char.IsAsciiDigit(Current) || (Current == '.' && _position + 1 < text.Length && char.IsAsciiDigit(text[_position + 1]));

    private PythonValue ReadNumber(int start, bool negative)
    {
        int first = _position;
        int radix = Current == '0' && first + 1 < text.Length ? RadixOf(text[first + 1]) : 10;
        if (radix != 10)
        {
            _position += 2;
            return new PythonInteger(ReadRadix(radix, negative)) { Offset = start };
        }

        ReadDigits(optional: Current == '.');
        bool isFloat = false;
        if (!AtEnd && Current == '.')
        {
            isFloat = true;
            _position++;
            ReadDigits(optional: true);
        }

        if (!AtEnd && Current is 'e' or 'E')
        {
            isFloat = true;
            _position++;
            if (!AtEnd && Current is '+' or '-')
            {
                _position++;
            }

            ReadDigits(optional: false);
        }

        ExpectEndOfNumber();
        string digits = text[first.._position].Replace("_", string.Empty, StringComparison.Ordinal);
        if (isFloat)
        {
            // Too large a number is infinity in both languages.
            double number = double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);
            return new PythonFloat(negative ? -number : number) { Offset = start };
        }

        if (digits.Length > MaxDigits)
        {
            throw Error("an integer of at most 4300 digits", first, _position);
        }

        var integer = BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        return digits[0] == '0' && !integer.IsZero
            ? throw Error("an integer without leading zeros", first, _position)
            : new PythonInteger(negative ? -integer : integer) { Offset = start };
    }

    private static int RadixOf(char mark) => mark switch { 'x' or 'X' => 16, 'o' or 'O' => 8, 'b' or 'B' => 2, _ => 10 };

    private BigInteger ReadRadix(int radix, bool negative)
    {
        int first = _position;
        BigInteger value = BigInteger.Zero;
        int digits = 0;
        while (true)
        {
            // An underscore may stand before any digit, also the first one after 0x.
            if (!AtEnd && Current == '_')
            {
                _position++;
            }

            int digit = AtEnd || !char.IsAsciiHexDigit(Current) ? -1 : Convert.ToInt32(Current.ToString(), 16);
            if (digit < 0 || digit >= radix)
            {
                throw Error($"a digit of base {radix.ToString(CultureInfo.InvariantCulture)}");
            }

            value = (value * radix) + digit;
            _position++;
            if (++digits > MaxDigits)
            {
                throw Error("an integer of at most 4300 digits", first, _position);
            }

            if (AtEnd || (Current != '_' && !char.IsAsciiHexDigit(Current)))
            {
                ExpectEndOfNumber();
                return negative ? -value : value;
            }
        }
    }

    // Digits with single underscores between them.
    private void ReadDigits(bool optional)
    {
        if (AtEnd || !char.IsAsciiDigit(Current))
        {
            if (optional)
            {
                return;
            }

            throw Error("a digit");
        }

        while (!AtEnd && (char.IsAsciiDigit(Current) || Current == '_'))
        {
            if (Current == '_' && (_position + 1 >= text.Length || !char.IsAsciiDigit(text[_position + 1])))
            {
                _position++;
                throw Error("a digit after the underscore");
            }

            _position++;
        }
    }

    private void ExpectEndOfNumber()
    {
        if (!AtEnd && (IsWordCharacter(Current) || Current == '.'))
        {
            throw Error(Current is 'j' or 'J' ? "a real number (complex ones are not taken)" : "the end of the number");
        }
    }

    private PythonValue ReadWord()
    {
        int start = _position;
        while (!AtEnd && IsWordCharacter(Current))
        {
            _position++;
        }

        switch (text.AsSpan(start, _position - start))
        {
            case "None":
                return new PythonNone { Offset = start };
            case "True":
                return new PythonBoolean(true) { Offset = start };
            case "False":
                return new PythonBoolean(false) { Offset = start };
            case "true" or "false" or "null":
                throw Error("True, False or None (the text looks like JSON)", start, _position);
            default:
                throw Error(_position > start ? "a literal (a name must stand in quotes)" : "a value", start, _position);
        }
    }

    // Space, tab and form feed; a backslash at a line's end; inside of brackets or around the literal also line ends and comments.
    private void SkipSpace(bool acrossLines)
    {
        while (!AtEnd)
        {
            char c = Current;
            if (c is ' ' or '\t' or '\f' || (acrossLines && IsNewLine(c)))
            {
                _position++;
            }
            else if (c == '\\' && _position + 1 < text.Length && IsNewLine(text[_position + 1]))
            {
                _position += text.AsSpan(_position + 1).StartsWith("\r\n") ? 3 : 2;
            }
            else if (c == '#')
            {
                int length = text.AsSpan(_position).IndexOfAny('\n', '\r');
                _position = length < 0 ? text.Length : _position + length;
            }
            else
            {
                return;
            }
        }
    }

    private static bool IsNewLine(char c) => c is '\n' or '\r';

    private static bool IsWordCharacter(char c) => char.IsLetterOrDigit(c) || c == '_';

    private string Found() => AtEnd ? "the end of the text" : IsNewLine(Current) ? "the end of the line" : Quote(_position, _position + 1);

    private string Quote(int start, int end)
    {
        // Never half a character.
        if (end < text.Length && char.IsHighSurrogate(text[end - 1]) && char.IsLowSurrogate(text[end]))
        {
            end++;
        }

        string word = text[start..Math.Min(end, start + 32)];
        return word.Any(char.IsControl) || word is "'" ? new PythonString(word).ToString() : $"'{word}'";
    }

    private PythonLiteralException Error(string expected) => new(text, _position, expected, Found());

    private PythonLiteralException Error(string expected, int start, int end) =>
        new(text, start, expected, start < end ? Quote(start, end) : start < text.Length ? Quote(start, start + 1) : "the end of the text");
}
