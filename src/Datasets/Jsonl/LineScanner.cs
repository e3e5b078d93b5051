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

    /// <summary>Forgets the lines.</summary>
    public void Clear() => _lines.Clear();

    /// <summary>Reads whole lines.</summary>
    /// <param name="text">The lines; the last one ends with a line feed, too.</param>
    public void Scan(ReadOnlySpan<byte> text)
    {
        Clear();
        int start = 0;
        while (text[start..].IndexOf((byte)'\n') is >= 0 and int length)
        {
            Add(start, text.Slice(start, length));
            start += length + 1;
        }
    }

    /// <summary>Reads a line.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="bytes">The line, without its line feed.</param>
    public void Add(int start, ReadOnlySpan<byte> bytes)
    {
        var line = new ScannedLine { Start = start, Length = bytes.Length };
        ReadOnlySpan<byte> row = bytes is [.. var before, (byte)'\r'] ? before : bytes;
        if (row.Length <= options.Limits.MaxRowBytes && FastRow.TryRead(row, _conversation, options.Limits.MaxMessages))
        {
            _rules.Begin();
            line.Facts = _rules.Check(_conversation, isTrainedOn);
            line.IsClean = _rules.IsClean;
            if (line.IsClean)
            {
                line.Length = row.Length;
                line.Identity = _conversation.Identity();
            }
        }

        _lines.Add(line);
    }

    /// <summary>Adds a line that is to be read in its turn.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="length">Bytes of it; <see cref="ScannedLine.TooLong"/> when it is not there.</param>
    public void Leave(int start, int length) => _lines.Add(new ScannedLine { Start = start, Length = length });
}
