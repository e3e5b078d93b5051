using System.Runtime.InteropServices;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Jsonl;

/// <summary>
/// Reads and checks lines without regard to what stands before them, so that several blocks are read at the same time. Whatever is not plainly right is
/// left to the reader that knows all of JSON, in its turn.
/// </summary>
internal sealed class LineScanner(DatasetOptions options, bool isTrainedOn)
{
    private readonly Conversation _conversation = new();
    private readonly RowRules _rules = new(options);
    private readonly List<ScannedLine> _lines = [];

    /// <summary>The lines of the last scan, in order; valid until the next one.</summary>
    public ReadOnlySpan<ScannedLine> Lines => CollectionsMarshal.AsSpan(_lines);

    /// <summary>Reads whole lines.</summary>
    /// <param name="text">The lines; the last one ends with a line feed, too.</param>
    public void Scan(ReadOnlySpan<byte> text)
    {
        _lines.Clear();
        int start = 0;
        while (text[start..].IndexOf((byte)'\n') is >= 0 and int length)
        {
            var line = new ScannedLine { Start = start, Length = length };
            Read(text.Slice(start, length), ref line);
            _lines.Add(line);
            start += length + 1;
        }
    }

    private void Read(ReadOnlySpan<byte> bytes, ref ScannedLine line)
    {
        ReadOnlySpan<byte> row = bytes is [.. var before, (byte)'\r'] ? before : bytes;
        if (row.Length > options.Limits.MaxRowBytes || !FastRow.TryRead(row, _conversation, options.Limits.MaxMessages))
        {
            return;
        }

        _rules.Begin();
        line.Facts = _rules.Check(_conversation, isTrainedOn);
        line.IsClean = _rules.IsClean;
        if (line.IsClean)
        {
            line.Length = row.Length;
            line.Identity = _conversation.Identity();
        }
    }
}
