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

    /// <summary>Being read into while <see cref="_buffer"/> is being checked.</summary>
    private readonly byte[] _ahead = new byte[BlockBytes];

    /// <summary>The line that has begun, and what was read after it.</summary>
    private byte[] _buffer = new byte[2 * BlockBytes];
    private int _start;
    private int _end;
    private int _appended;
    private long _line;
    private bool _skipping;

    /// <summary>Reads and checks every row of a file and passes the valid ones on.</summary>
    /// <returns>Bytes read.</returns>
    public async Task<long> ReadAsync(DatasetFile file, SplitKind? split, Stream stream, CancellationToken cancellationToken)
    {
        (_start, _end, _line, _skipping) = (0, 0, 0, false);
        bool hash = splits.NeedsHash(split);
        int read = await ReadHeaderAsync(file, stream, cancellationToken);
        int byteOrderMark = _ahead.AsSpan(0, read).StartsWith("\uFEFF"u8) ? 3 : 0;
        long bytes = read;
        Append(_ahead.AsSpan(byteOrderMark, read - byteOrderMark));
        Task<int> reading = stream.ReadAsync(_ahead, cancellationToken).AsTask();
        try
        {
            do
            {
                EndLines(file.Name, split, hash);
                await splits.FlushIfFullAsync();
                progress.Report(bytes);
                read = await reading;
                bytes += read;
                Append(_ahead.AsSpan(0, read));
                reading = read == 0 ? reading : stream.ReadAsync(_ahead, cancellationToken).AsTask();
            }
            while (read > 0);
        }
        finally
        {
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (_end > _start || _skipping)
        {
            EndLine(file.Name, split, _buffer.AsSpan(_start, _end - _start), hash);
        }

        await splits.FlushIfFullAsync();
        progress.EndFile(bytes);
        return bytes;
    }

    private void EndLines(string file, SplitKind? split, bool hash)
    {
        // What was there before has no line end; only what was appended is looked at.
        int scanned = _end - _appended;
        while (_buffer.AsSpan(scanned, _end - scanned).IndexOf((byte)'\n') is >= 0 and int length)
        {
            int lineEnd = scanned + length;
            EndLine(file, split, _buffer.AsSpan(_start, lineEnd - _start), hash);
            scanned = _start = lineEnd + 1;
        }
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

    /// <summary>Adds a block to the line that has begun, unless that is already longer than a row may be.</summary>
    private void Append(ReadOnlySpan<byte> block)
    {
        // One byte more than the limit may be a carriage return.
        _skipping |= _end - _start > limits.MaxRowBytes + 1;
        ReadOnlySpan<byte> begun = _skipping ? [] : _buffer.AsSpan(_start, _end - _start);
        byte[] target = _buffer;
        if (target.Length < begun.Length + block.Length)
        {
            target = new byte[(int)Math.Min(2L * target.Length, limits.MaxRowBytes + 1L + BlockBytes)];
        }

        begun.CopyTo(target);
        block.CopyTo(target.AsSpan(begun.Length));
        (_buffer, _start, _end, _appended) = (target, 0, begun.Length + block.Length, block.Length);
    }

    /// <summary>Reads until the first bytes show what the file is.</summary>
    private async Task<int> ReadHeaderAsync(DatasetFile file, Stream stream, CancellationToken cancellationToken)
    {
        int end = await stream.ReadAtLeastAsync(_ahead, 4, throwOnEndOfStream: false, cancellationToken);
        if (end == 0)
        {
            throw DatasetErrors.EmptyFile(file.Name);
        }

        string? other = _ahead.AsSpan(0, end) switch
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
