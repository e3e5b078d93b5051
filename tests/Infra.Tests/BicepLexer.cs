namespace FineTune.Infra.Tests;

/// <summary>Cuts Bicep into tokens: comments are left out, every bracket and quote must close.</summary>
internal sealed class BicepLexer
{
    private const string MultiLineQuote = "'''";

    private readonly string _text;
    private int _at;
    private int _line;

    private BicepLexer(string text, int line)
    {
        _text = text;
        _line = line;
    }

    public static IReadOnlyList<BicepToken> Read(string text) => Read(text, line: 1);

    private static List<BicepToken> Read(string text, int line) => new BicepLexer(text, line).ReadAll();

    private List<BicepToken> ReadAll()
    {
        var tokens = new List<BicepToken>();
        var open = new Stack<(char Bracket, int Line)>();
        bool first = true;
        while (_at < _text.Length)
        {
            char c = _text[_at];
            if (c == '\n')
            {
                _line++;
                _at++;
                first = true;
            }
            else if (char.IsWhiteSpace(c))
            {
                _at++;
            }
            else if (Starts("//"))
            {
                Skip(until: "\n");
            }
            else if (Starts("/*"))
            {
                Skip(until: "*/");
                _at += 2;
            }
            else
            {
                if (c is ')' or ']' or '}')
                {
                    if (!open.TryPop(out (char Bracket, int Line) opened) || opened.Bracket != c)
                    {
                        throw new FormatException($"line {_line}: '{c}' closes nothing that is open");
                    }
                }

                tokens.Add(ReadToken(c, open.Count, first));
                first = false;
                if (c is '(' or '[' or '{')
                {
                    open.Push((c switch { '(' => ')', '[' => ']', _ => '}' }, _line));
                }
            }
        }

        return open.TryPeek(out (char Bracket, int Line) left)
            ? throw new FormatException($"line {left.Line}: what opens here is never closed by '{left.Bracket}'")
            : tokens;
    }

    private BicepToken ReadToken(char c, int depth, bool first)
    {
        int line = _line;
        if (c == '\'')
        {
            (string text, List<BicepToken> inner) = Starts(MultiLineQuote) ? (ReadMultiLine(), []) : ReadString();
            return new BicepToken(BicepTokenKind.String, text, line, depth, first) { Inner = inner };
        }

        int start = _at;
        if (char.IsLetter(c) || c == '_')
        {
            while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] == '_'))
            {
                _at++;
            }

            return new BicepToken(BicepTokenKind.Identifier, _text[start.._at], line, depth, first);
        }

        if (char.IsDigit(c))
        {
            while (_at < _text.Length && char.IsDigit(_text[_at]))
            {
                _at++;
            }

            return new BicepToken(BicepTokenKind.Number, _text[start.._at], line, depth, first);
        }

        _at++;
        return new BicepToken(BicepTokenKind.Punctuation, c.ToString(), line, depth, first);
    }

    private (string Text, List<BicepToken> Inner) ReadString()
    {
        int line = _line;
        int start = ++_at;
        var inner = new List<BicepToken>();
        while (_at < _text.Length && _text[_at] != '\n')
        {
            if (_text[_at] == '\\')
            {
                _at += 2;
            }
            else if (_text[_at] == '\'')
            {
                return (_text[start.._at++], inner);
            }
            else if (Starts("${"))
            {
                int from = _at + 2;
                _at = EndOfInterpolation(from, line);
                inner.AddRange(Read(_text[from.._at], line));
                _at++;
            }
            else
            {
                _at++;
            }
        }

        throw new FormatException($"line {line}: the string never ends");
    }

    private int EndOfInterpolation(int from, int line)
    {
        int depth = 0;
        bool quoted = false;
        for (int at = from; at < _text.Length && _text[at] != '\n'; at++)
        {
            switch (_text[at])
            {
                case '\'':
                    quoted = !quoted;
                    break;
                case '{':
                    depth++;
                    break;
                case '}' when depth > 0:
                    depth--;
                    break;
                case '}' when !quoted:
                    return at;
                default:
                    break;
            }
        }

        throw new FormatException($"line {line}: '${{' is never closed");
    }

    private string ReadMultiLine()
    {
        int line = _line;
        int start = _at + MultiLineQuote.Length;
        int end = _text.IndexOf(MultiLineQuote, start, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new FormatException($"line {line}: the string never ends");
        }

        string text = _text[start..end];
        _line += text.Count(c => c == '\n');
        _at = end + MultiLineQuote.Length;
        return text;
    }

    private bool Starts(string with) => string.CompareOrdinal(_text, _at, with, 0, with.Length) == 0;

    private void Skip(string until)
    {
        while (_at < _text.Length && !Starts(until))
        {
            if (_text[_at] == '\n')
            {
                _line++;
            }

            _at++;
        }
    }
}
