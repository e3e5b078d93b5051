using System.Runtime.InteropServices;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Jsonl;

/// <summary>
/// Reads and checks lines without regard to what stands before them, so that several blocks are read at the same time. Whatever is not plainly right is
/// left to the reader that knows all of JSON, in its turn.
/// </summary>
internal sealed class LineScanner(DatasetOptions options, TokenCounter tokens, bool isTrainedOn)
{
    private readonly Conversation _conversation = new();
    private readonly RowRules _rules = new(options, tokens);
    private readonly List<ScannedLine> _lines = [];

    /// <summary>The lines of the last scan, in order; valid until the next one.</summary>
    public ReadOnlySpan<ScannedLine> Lines => CollectionsMarshal.AsSpan(_lines);

    /// <summary>Forgets the lines.</summary>
    public void Clear() => _lines.Clear();

    /// <summary>Reads whole lines. Those that are to be read in their turn make one entry as long as they follow each other, line feeds and all.</summary>
    /// <param name="text">The lines; the last one ends with a line feed, too.</param>
    public void Scan(ReadOnlySpan<byte> text)
    {
        Clear();
        int start = 0;
        while (text[start..].IndexOf((byte)'\n') is >= 0 and int length)
        {
            if (!TryAdd(start, text.Slice(start, length)))
            {
                if (_lines.Count > 0 && !_lines[^1].IsClean)
                {
                    CollectionsMarshal.AsSpan(_lines)[^1].Length += length + 1;
                }
                else
                {
                    Leave(start, length + 1);
                }
            }

            start += length + 1;
        }
    }

    /// <summary>Reads a line, and adds it if nothing was found in it.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="bytes">The line, without its line feed.</param>
    public bool TryAdd(int start, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> row = bytes is [.. var before, (byte)'\r'] ? before : bytes;
        if (row.Length > options.Limits.MaxRowBytes || !FastRow.TryRead(row, _conversation, options.Limits.MaxMessages))
        {
            return false;
        }

        _rules.Begin();
        RowFacts facts = _rules.Check(_conversation, isTrainedOn, isTrial: true);
        if (!_rules.IsClean)
        {
            return false;
        }

        _lines.Add(new ScannedLine { Start = start, Length = row.Length, IsClean = true, Facts = facts, Identity = _conversation.Identity() });
        return true;
    }

    /// <summary>Adds what is to be read in its turn.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="length">Bytes of it; <see cref="ScannedLine.TooLong"/> when it is not there.</param>
    /// <param name="refusing">The column whose text it is, when a row could not be made of it.</param>
    public void Leave(int start, int length, TableColumn? refusing = null) => _lines.Add(new ScannedLine { Start = start, Length = length, Refusing = refusing });
}
