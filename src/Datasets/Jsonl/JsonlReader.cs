using System.Globalization;
using FineTune.Datasets.Output;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Jsonl;

/// <summary>Reads a JSONL file block by block; a row larger than the limit is skipped without being held.</summary>
internal sealed class JsonlReader(DatasetLimits limits, RowRules rules, RowHasher hasher, SplitSet splits, ReadProgress progress)
{
    private const int BlockBytes = 1 << 20;

    private readonly JsonlRow _row = new(limits, rules, hasher);
    private byte[] _buffer = [];
    private long _line;
    private bool _skipping;

    /// <summary>Reads and checks every row of a file and passes the valid ones on.</summary>
    /// <returns>Bytes read.</returns>
    public async Task<long> ReadAsync(DatasetFile file, SplitKind? split, Stream stream, CancellationToken cancellationToken)
    {
        if (_buffer.Length == 0)
        {
            _buffer = new byte[BlockBytes];
        }

        (_line, _skipping) = (0, false);
        bool hash = splits.NeedsHash(split);
        int start = 0;
        int end = await ReadHeaderAsync(file, stream, cancellationToken);
        long bytes = end;
        int scanned = 0;
        bool atEnd = false;
        if (_buffer.AsSpan(0, end).StartsWith("\uFEFF"u8))
        {
            scanned = start = 3;
        }

        while (true)
        {
            while (_buffer.AsSpan(scanned, end - scanned).IndexOf((byte)'\n') is >= 0 and int length)
            {
                int lineEnd = scanned + length;
                EndLine(file.Name, split, _buffer.AsSpan(start, lineEnd - start), hash);
                scanned = start = lineEnd + 1;
            }

            if (atEnd)
            {
                break;
            }

            await splits.FlushIfFullAsync();
            progress.Report(bytes);
            MakeRoom(ref start, ref end);
            scanned = end;
            int read = await stream.ReadAsync(_buffer.AsMemory(end), cancellationToken);
            bytes += read;
            end += read;
            atEnd = read == 0;
        }

        if (end > start || _skipping)
        {
            EndLine(file.Name, split, _buffer.AsSpan(start, end - start), hash);
        }

        await splits.FlushIfFullAsync();
        progress.EndFile(bytes);
        return bytes;
    }

    private void EndLine(string file, SplitKind? split, ReadOnlySpan<byte> line, bool hash)
    {
        _line++;
        bool skipped = _skipping;
        _skipping = false;
        if (line is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        bool isTooLong = skipped || line.Length > limits.MaxRowBytes;
        if (!isTooLong && line.IndexOfAnyExcept(" \t\r"u8) < 0)
        {
            return;
        }

        rules.Begin(file, _line, split);
        if (isTooLong)
        {
            rules.Fail(FindingCode.RowTooLong, string.Create(CultureInfo.InvariantCulture, $"The row is longer than {limits.MaxRowBytes} bytes."));
            _ = rules.End();
            return;
        }

        RowHash rowHash = _row.Check(line, hash);
        if (rules.End())
        {
            splits.Write(split, line, rowHash);
        }
    }

    /// <summary>Moves the line that has begun to the buffer's start, and lets the buffer grow only as far as a row may.</summary>
    private void MakeRoom(ref int start, ref int end)
    {
        // One byte more than the limit shows that a row is too long, another one is room for its carriage return.
        int enough = Math.Max(BlockBytes, limits.MaxRowBytes + 2);
        if (_skipping || end - start >= enough)
        {
            _skipping = true;
            start = end = 0;
            return;
        }

        if (start > 0)
        {
            _buffer.AsSpan(start, end - start).CopyTo(_buffer);
            (start, end) = (0, end - start);
        }

        if (end == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, enough));
        }
    }

    /// <summary>Reads until the first bytes show what the file is.</summary>
    private async Task<int> ReadHeaderAsync(DatasetFile file, Stream stream, CancellationToken cancellationToken)
    {
        int end = await stream.ReadAtLeastAsync(_buffer, 4, throwOnEndOfStream: false, cancellationToken);
        if (end == 0)
        {
            throw DatasetErrors.EmptyFile(file.Name);
        }

        string? other = _buffer.AsSpan(0, end) switch
        {
            [(byte)'P', (byte)'A', (byte)'R', (byte)'1', ..] => "Parquet (name it .parquet)",
            [0x1F, 0x8B, ..] => "gzip-compressed",
            [0x28, 0xB5, 0x2F, 0xFD, ..] => "zstd-compressed",
            [(byte)'P', (byte)'K', 3, 4, ..] => "a zip archive",
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => "UTF-16 text (save it as UTF-8)",
            _ => null,
        };
        return other is null ? end : throw DatasetErrors.NotJsonLines(file.Name, other);
    }
}
