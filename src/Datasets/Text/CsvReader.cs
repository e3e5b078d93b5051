using System.Globalization;
using System.Text;
using System.Text.Unicode;
using FineTune.Datasets.Output;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Text;

/// <summary>
/// Reads CSV and TSV as RFC 4180 has it: a header, quoted fields with doubled quotes, which may hold line ends. Each record becomes a row of JSON:
/// <c>messages</c> and <c>conversations</c> hold JSON, the other columns text.
/// </summary>
internal sealed class CsvReader(string file, byte delimiter, RowPipeline pipeline, DatasetLimits limits) : RecordReader(pipeline, limits)
{
    private readonly RowText _row = new();
    private readonly List<(int Start, int Length)> _fields = [];
    private readonly byte[] _special = [delimiter, (byte)'"', (byte)'\n'];
    private TableColumn?[]? _columns;
    private byte[] _text = new byte[4096];
    private FieldPart _part;
    private long _line = 1;
    private long _recordLine = 1;

    private enum FieldPart
    {
        Start,
        Plain,
        Quoted,
        QuoteInQuoted,
    }

    /// <summary>Columns that nothing reads.</summary>
    public List<string> Ignored { get; } = [];

    protected override void Consume(ReadOnlySpan<byte> block)
    {
        int start = 0;
        int at = 0;
        while (at < block.Length)
        {
            byte value = block[at];
            switch (_part)
            {
                case FieldPart.Start when value == '"':
                    _part = FieldPart.Quoted;
                    at++;
                    break;
                case FieldPart.Quoted when value == '"':
                    _part = FieldPart.QuoteInQuoted;
                    at++;
                    break;
                case FieldPart.Quoted:
                    int quote = block[at..].IndexOf((byte)'"');
                    int end = quote < 0 ? block.Length : at + quote;
                    _line += block[at..end].Count((byte)'\n');
                    at = end;
                    break;
                case FieldPart.QuoteInQuoted when value == '"':
                    _part = FieldPart.Quoted;
                    at++;
                    break;
                default:
                    int next = block[at..].IndexOfAny(_special);
                    at = next < 0 ? block.Length : at + next + 1;
                    byte found = next < 0 ? (byte)0 : block[at - 1];
                    _part = found == delimiter || found == '\n' ? FieldPart.Start : FieldPart.Plain;
                    if (found == '\n')
                    {
                        _line++;
                        EndRecord(block[start..(at - 1)]);
                        start = at;
                    }

                    break;
            }
        }

        if (start < block.Length)
        {
            Keep(block[start..]);
        }
    }

    protected override void End()
    {
        if (_part == FieldPart.Quoted)
        {
            _ = Join([], out _);
            Number++;
            Pipeline.Unreadable(Number, FindingCode.NotCsv, "A quote is never closed: everything after it is one field.", new RowPlace(_recordLine));
        }
        else if (HasBegun)
        {
            EndRecord([]);
        }

        if (_columns is null)
        {
            throw DatasetErrors.CsvHeader(file, "nothing");
        }
    }

    private void EndRecord(ReadOnlySpan<byte> end)
    {
        ReadOnlySpan<byte> record = Join(end, out bool isTooLong);
        var place = new RowPlace(_recordLine, IsComposed: true);
        _recordLine = _line;
        if (record is [.., (byte)'\r'])
        {
            record = record[..^1];
        }

        if (_columns is null)
        {
            ReadHeader(record, isTooLong);
            return;
        }

        if (record.IsEmpty && !isTooLong)
        {
            return;
        }

        Number++;
        if (isTooLong || record.Length > Limits.MaxRowBytes)
        {
            TooLong(place);
        }
        else if (!Utf8.IsValid(record))
        {
            Pipeline.Unreadable(Number, FindingCode.NotUtf8, "The record is not UTF-8.", place, record);
        }
        else
        {
            ReadFields(record);
            ReadRecord(place);
        }
    }

    private void ReadHeader(ReadOnlySpan<byte> record, bool isTooLong)
    {
        ReadFields(isTooLong ? [] : record);
        if (isTooLong || _fields.Count > Limits.MaxColumns)
        {
            throw DatasetErrors.CsvColumns(file, string.Create(CultureInfo.InvariantCulture, $"has more than {Limits.MaxColumns} columns, or a first line of more than {Limits.MaxRowBytes} bytes."));
        }

        string[] names = [.. _fields.Select(field => Encoding.UTF8.GetString(_text, field.Start, field.Length).Trim())];
        if (!TableColumn.MakeConversation(names))
        {
            throw DatasetErrors.CsvHeader(file, names.Length == 1 && names[0].Length == 0 ? "nothing" : DatasetErrors.Names(names));
        }

        if (names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any()) is { Key: var twice })
        {
            throw DatasetErrors.CsvColumns(file, $"names the column '{DatasetErrors.Names([twice])}' twice in its first line.");
        }

        _columns = [.. names.Select(name => TableColumn.Of(name, names))];
        Ignored.AddRange(names.Where((_, column) => _columns[column] is null));
    }

    private void ReadRecord(RowPlace place)
    {
        if (_fields.Count != _columns!.Length)
        {
            Pipeline.Unreadable(Number, FindingCode.NotCsv,
                string.Create(CultureInfo.InvariantCulture, $"The record has {_fields.Count} fields, the header has {_columns.Length}."), place);
            return;
        }

        _row.Clear();
        for (int column = 0; column < _columns.Length; column++)
        {
            ReadOnlySpan<byte> field = Field(column);
            if (_columns[column] is not { } known || (field.IsEmpty && !known.IsNeeded))
            {
                continue;
            }

            if (!known.Takes(field, Limits.MaxDepth))
            {
                Pipeline.Unreadable(Number, FindingCode.NotJson, known.Reason(field), place, field, new RowPath(known.Property));
                return;
            }

            _row.Field(known, field);
        }

        Pipeline.Json(_row.EndFields(), Number, place);
    }

    private ReadOnlySpan<byte> Field(int column) => _text.AsSpan(_fields[column].Start, _fields[column].Length);

    /// <summary>Splits a record into fields, without their quotes.</summary>
    private void ReadFields(ReadOnlySpan<byte> record)
    {
        _fields.Clear();
        if (_text.Length < record.Length)
        {
            _text = new byte[record.Length * 2];
        }

        int used = 0;
        int at = 0;
        while (true)
        {
            int start = used;
            bool isQuoted = at < record.Length && record[at] == '"';
            at += isQuoted ? 1 : 0;
            while (at < record.Length && (isQuoted || record[at] != delimiter))
            {
                if (isQuoted && record[at] == '"')
                {
                    at++;
                    if (at == record.Length || record[at] != '"')
                    {
                        // What stands between the closing quote and the delimiter belongs to the field, as most readers have it.
                        isQuoted = false;
                        continue;
                    }
                }

                _text[used++] = record[at++];
            }

            _fields.Add((start, used - start));
            if (at >= record.Length || _fields.Count > Limits.MaxColumns)
            {
                return;
            }

            at++;
        }
    }
}
