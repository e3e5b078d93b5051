using System.Runtime.InteropServices;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Output;

/// <summary>
/// Takes the usable rows of one split and writes those that the request selects. Where a first part of them is wanted, all are written to a
/// temporary file first, because how many rows a part is can be known only at the end; the alternative, counting first, would read a blob twice.
/// </summary>
internal sealed class SplitWriter : IAsyncDisposable
{
    private readonly DatasetRequest _request;
    private readonly OutputFiles _files;
    private readonly bool _samples;
    private readonly bool _cuts;
    private readonly int? _contextLength;
    private BlockWriter? _rows;
    private FileStream? _spool;
    private FileStream? _spooledRecords;
    private SplitTally? _tally;
    private byte[] _nearest = [];
    private RowRecord _nearestRecord;
    private ulong _nearestHash = ulong.MaxValue;
    private long _written;

    public SplitWriter(SplitKind kind, DatasetRequest request, int? contextLength, OutputFiles files)
    {
        Kind = kind;
        _request = request;
        _files = files;
        _contextLength = contextLength;
        _samples = request is { SplitPercent: < 100, Selection: RowSelection.Sample };
        _cuts = request.SplitPercent < 100 && !_samples;
    }

    public SplitKind Kind { get; }

    /// <summary>Usable rows of the split, selected or not.</summary>
    public long ValidRows { get; private set; }

    public static string FileName(SplitKind kind) => kind switch
    {
        SplitKind.Train => "train_sft.jsonl",
        SplitKind.Test => "test_sft.jsonl",
        SplitKind.TrainGeneration => "train_gen.jsonl",
        SplitKind.TestGeneration => "test_gen.jsonl",
        _ => "validation.jsonl",
    };

    /// <summary>The name of the file that says where the rows come from.</summary>
    public static string MapName(SplitKind kind) => Path.ChangeExtension(FileName(kind), ".rows.csv");

    /// <summary>Opens its files.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_cuts)
        {
            _spool = _files.CreateTemporary();
            _spooledRecords = _files.CreateTemporary(1 << 16);
            _rows = new BlockWriter(_spool, hash: false);
        }
        else
        {
            _rows = new BlockWriter(await _files.CreateAsync(FileName(Kind), cancellationToken), hash: true);
            _tally = new SplitTally(Kind, _contextLength, await _files.CreateAsync(MapName(Kind), cancellationToken));
        }
    }

    public void Write(ReadOnlySpan<byte> row, RowHash hash, in RowRecord record)
    {
        ValidRows++;
        if (_cuts)
        {
            _rows!.Append(row);
            _spooledRecords!.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<RowRecord>(in record)));
            return;
        }

        ulong seeded = _samples ? hash.Seeded(_request.Seed) : 0;
        if (_written < (_request.MaxRows ?? long.MaxValue) && (!_samples || RowHash.Percentile(seeded) < _request.SplitPercent))
        {
            Keep(row, in record);
        }
        else if (_written == 0 && seeded < _nearestHash)
        {
            // The row nearest to the percentage is taken should no row fall below it.
            (_nearestHash, _nearestRecord) = (seeded, record);
            _nearest = row.ToArray();
        }
    }

    public ValueTask FlushIfFullAsync() => _rows!.FlushIfFullAsync();

    /// <summary>Ends the split. A split that has rows keeps at least one.</summary>
    public async Task<(PreparedSplit Split, SplitStatistics Statistics)> CompleteAsync(CancellationToken cancellationToken)
    {
        if (_cuts)
        {
            long rows = Math.Min(FirstRows(ValidRows, _request.SplitPercent), _request.MaxRows ?? long.MaxValue);
            _ = await _rows!.CompleteAsync();
            await CopyFirstAsync(rows, cancellationToken);
        }
        else if (_written == 0 && ValidRows > 0)
        {
            Keep(_nearest, in _nearestRecord);
        }

        string sha256 = await _rows!.CompleteAsync();
        var split = new PreparedSplit(Kind, FileName(Kind), _written, _rows.Bytes, sha256) { RowMap = MapName(Kind) };
        await _rows.DisposeAsync();
        SplitStatistics statistics = _tally!.Complete();
        _tally.Dispose();
        return (split, statistics);
    }

    public async ValueTask DisposeAsync()
    {
        if (_rows is not null)
        {
            await _rows.DisposeAsync();
        }

        _tally?.Dispose();
        if (_spool is not null && _spooledRecords is not null)
        {
            await _spool.DisposeAsync();
            await _spooledRecords.DisposeAsync();
        }
    }

    /// <summary>How many rows <c>split[:N%]</c> is in Hugging Face's <c>datasets</c>: rounded to the closest, and a half to the even number, as Python rounds.</summary>
    internal static long FirstRows(long rows, double percent) =>
        rows == 0 ? 0 : Math.Clamp((long)Math.Round(percent * rows / 100, MidpointRounding.ToEven), 1, rows);

    private void Keep(ReadOnlySpan<byte> row, in RowRecord record)
    {
        _rows!.Append(row);
        _tally!.Add(in record);
        _written++;
    }

    private async Task CopyFirstAsync(long rows, CancellationToken cancellationToken)
    {
        FileStream spool = _spool!;
        FileStream records = _spooledRecords!;
        _rows = new BlockWriter(await _files.CreateAsync(FileName(Kind), cancellationToken), hash: true);
        _tally = new SplitTally(Kind, _contextLength, await _files.CreateAsync(MapName(Kind), cancellationToken));
        spool.Position = 0;
        records.Position = 0;
        byte[] buffer = new byte[1 << 20];
        int used = 0;
        while (_written < rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (used == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            int read = await spool.ReadAsync(buffer.AsMemory(used), cancellationToken);
            if (read == 0)
            {
                throw new EndOfStreamException("A temporary file is shorter than what was written to it.");
            }

            used += read;
            int start = KeepLines(buffer.AsSpan(0, used), rows, records);
            buffer.AsSpan(start, used - start).CopyTo(buffer);
            used -= start;
            await _rows.FlushIfFullAsync();
        }
    }

    private int KeepLines(ReadOnlySpan<byte> lines, long rows, FileStream records)
    {
        int start = 0;
        RowRecord record = default;
        while (_written < rows && lines[start..].IndexOf((byte)'\n') is >= 0 and int length)
        {
            records.ReadExactly(MemoryMarshal.AsBytes(new Span<RowRecord>(ref record)));
            Keep(lines.Slice(start, length), in record);
            start += length + 1;
        }

        return start;
    }
}
