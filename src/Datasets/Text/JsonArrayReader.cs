using System.Buffers;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Text;

/// <summary>Reads one JSON array: each element is a row, and is never held longer than itself.</summary>
internal sealed class JsonArrayReader(string file, RowPipeline pipeline, DatasetLimits limits) : RecordReader(pipeline, limits)
{
    private static readonly SearchValues<byte> Structural = SearchValues.Create("\"[]{},"u8);

    private Part _part = Part.BeforeArray;
    private bool _isInString;
    private bool _isEscaped;
    private int _depth;
    private bool _afterComma;
    private long _line = 1;
    private long _column = 1;
    private RowPlace _place;

    private enum Part
    {
        BeforeArray,
        BeforeValue,
        InValue,
        AfterValue,
        AfterArray,
    }

    protected override void Consume(ReadOnlySpan<byte> block)
    {
        while (!block.IsEmpty)
        {
            if (_part == Part.InValue)
            {
                int end = FindEnd(block);
                ReadOnlySpan<byte> value = end < 0 ? block : block[..end];
                if (end < 0)
                {
                    Keep(value);
                }
                else
                {
                    EndValue(value);
                }

                Pass(value);
                block = block[value.Length..];
                continue;
            }

            int blank = block.IndexOfAnyExcept(" \t\r\n"u8);
            Pass(blank < 0 ? block : block[..blank]);
            if (blank < 0)
            {
                return;
            }

            block = block[blank..];
            if (TakeSeparator(block[0]))
            {
                Pass(block[..1]);
                block = block[1..];
            }
        }
    }

    protected override void End()
    {
        if (_part != Part.AfterArray)
        {
            throw DatasetErrors.ArrayNotClosed(file, Number + (_part == Part.InValue ? 1 : 0));
        }
    }

    /// <summary>Looks at a byte between two values.</summary>
    /// <returns>Whether it stands between values; false when it begins one.</returns>
    private bool TakeSeparator(byte value)
    {
        switch (_part)
        {
            case Part.BeforeArray:
                _part = Part.BeforeValue;
                return true;
            case Part.AfterArray:
                throw DatasetErrors.AfterArray(file, _line, _column);
            case Part.BeforeValue when value == ']' && !_afterComma:
            case Part.AfterValue when value == ']':
                _part = Part.AfterArray;
                return true;
            case Part.AfterValue when value == ',':
                (_part, _afterComma) = (Part.BeforeValue, true);
                return true;
            case Part.AfterValue:
                Report("A comma is missing before this value.");
                break;
            case Part.BeforeValue when value is (byte)',' or (byte)']':
                Report(value == ',' ? "There is a comma too many." : "There is a comma after the last value.");
                (_part, _afterComma) = (value == ',' ? Part.BeforeValue : Part.AfterArray, value == ',');
                return true;
            default:
                break;
        }

        _part = Part.InValue;
        _place = new RowPlace(_line, _column);
        (_depth, _isInString, _isEscaped) = (0, false, false);
        return false;
    }

    private void Report(string reason)
    {
        Number++;
        Pipeline.Unreadable(Number, FindingCode.NotJson, reason, new RowPlace(_line, _column));
    }

    /// <summary>Finds where the value ends, which begins in this block or began in an earlier one.</summary>
    private int FindEnd(ReadOnlySpan<byte> block)
    {
        int at = 0;
        while (at < block.Length)
        {
            if (_isEscaped)
            {
                _isEscaped = false;
                at++;
                continue;
            }

            ReadOnlySpan<byte> rest = block[at..];
            int next = _isInString ? rest.IndexOfAny((byte)'"', (byte)'\\') : rest.IndexOfAny(Structural);
            if (next < 0)
            {
                return -1;
            }

            at += next;
            byte found = block[at];
            if (_isInString)
            {
                (_isInString, _isEscaped) = (found != '"', found == '\\');
            }
            else if (found == '"')
            {
                _isInString = true;
            }
            else if (found is (byte)'{' or (byte)'[')
            {
                _depth++;
            }
            else if (_depth == 0)
            {
                // A bracket that closes nothing is part of a broken value: something must be taken, or reading would stand still.
                return found == '}' ? at + 1 : at;
            }
            else if (found is (byte)'}' or (byte)']' && --_depth == 0)
            {
                return at + 1;
            }

            at++;
        }

        return -1;
    }

    private void EndValue(ReadOnlySpan<byte> end)
    {
        Number++;
        _part = Part.AfterValue;
        ReadOnlySpan<byte> value = Join(end, out bool isTooLong);
        if (isTooLong || value.Length > Limits.MaxRowBytes)
        {
            TooLong(_place with { IsComposed = true });
        }
        else
        {
            Pipeline.Json(value, Number, _place);
        }
    }

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        int last = bytes.LastIndexOf((byte)'\n');
        _line += last < 0 ? 0 : bytes.Count((byte)'\n');
        _column = last < 0 ? _column + bytes.Length : bytes.Length - last;
    }
}
