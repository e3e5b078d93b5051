using System.Buffers;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Output;

/// <summary>
/// Writes rows as JSON, one after the other: only what JSON demands is escaped, so that text stays readable in any language.
/// (<see cref="System.Text.Json.Utf8JsonWriter"/> checks and encodes what DuckDB has already made UTF-8.)
/// </summary>
internal sealed class RowText
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create([.. Enumerable.Range(0, 32).Select(value => (byte)value), (byte)'"', (byte)'\\']);

    private byte[] _buffer = new byte[1 << 16];
    private int _length;
    private int _start;

    /// <summary>All rows since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Where the row at hand begins.</summary>
    public int Start => _start;

    /// <summary>The row at hand.</summary>
    public ReadOnlySpan<byte> Row => _buffer.AsSpan(_start, _length - _start);

    /// <summary>Starts with the first row.</summary>
    public void Clear() => _length = _start = 0;

    /// <summary>Starts with the next row.</summary>
    public void Next() => _start = _length;

    /// <summary>Takes the row at hand back.</summary>
    public void Discard() => _length = _start;

    /// <summary>Adds JSON as it is.</summary>
    public void Raw(ReadOnlySpan<byte> json)
    {
        json.CopyTo(Reserve(json.Length));
        _length += json.Length;
    }

    /// <summary>Adds a string, with its quotes.</summary>
    public void String(ReadOnlySpan<byte> utf8)
    {
        Raw("\""u8);
        while (utf8.IndexOfAny(Escaped) is >= 0 and int clean)
        {
            Raw(utf8[..clean]);
            Escape(utf8[clean]);
            utf8 = utf8[(clean + 1)..];
        }

        Raw(utf8);
        Raw("\""u8);
    }

    /// <summary>Adds a message.</summary>
    public void Message(ChatRole role, ReadOnlySpan<byte> content, bool isFirst)
    {
        Raw(isFirst ? "{\"content\":"u8 : ",{\"content\":"u8);
        String(content);
        Raw(role switch
        {
            ChatRole.User => ",\"role\":\"user\"}"u8,
            ChatRole.Assistant => ",\"role\":\"assistant\"}"u8,
            _ => ",\"role\":\"system\"}"u8,
        });
    }

    /// <summary>Adds a property to a row that is made of a table's columns; the first one begins it.</summary>
    public void Field(TableColumn column, ReadOnlySpan<byte> value)
    {
        Raw(_length == _start ? "{\""u8 : ",\""u8);
        Raw(column.Name);
        Raw("\":"u8);
        if (column.IsJson)
        {
            Raw(value);
        }
        else
        {
            String(value);
        }
    }

    /// <summary>Ends a row that is made of a table's columns.</summary>
    public ReadOnlySpan<byte> EndFields()
    {
        Raw(_length == _start ? "{}"u8 : "}"u8);
        return Row;
    }

    private void Escape(byte value)
    {
        switch (value)
        {
            case (byte)'"':
                Raw("\\\""u8);
                break;
            case (byte)'\\':
                Raw("\\\\"u8);
                break;
            case (byte)'\n':
                Raw("\\n"u8);
                break;
            case (byte)'\r':
                Raw("\\r"u8);
                break;
            case (byte)'\t':
                Raw("\\t"u8);
                break;
            default:
                Raw("\\u00"u8);
                Raw([(byte)('0' + (value >> 4)), "0123456789abcdef"u8[value & 15]]);
                break;
        }
    }

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _length < count)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        }

        return _buffer.AsSpan(_length, count);
    }
}
