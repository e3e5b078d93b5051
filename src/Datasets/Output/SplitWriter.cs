using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Output;

/// <summary>Takes the valid rows of one split and writes those that the request selects.</summary>
internal sealed class SplitWriter : IAsyncDisposable
{
    private readonly SplitFile _file;
    private readonly double _percent;
    private readonly bool _samples;
    private readonly int _seed;
    private byte[] _nearest = [];
    private ulong _nearestHash = ulong.MaxValue;

    public SplitWriter(SplitKind kind, DatasetRequest request, string outputDirectory)
    {
        Kind = kind;
        _percent = request.SplitPercent;
        _seed = request.Seed;
        _samples = NeedsHash(request);
        _file = new SplitFile(System.IO.Path.Combine(outputDirectory, FileName(kind)), willBeCut: _percent < 100 && !_samples);
    }

    public SplitKind Kind { get; }

    public string Path => _file.Path;

    /// <summary>Valid rows of the split, selected or not.</summary>
    public long ValidRows { get; private set; }

    public static bool NeedsHash(DatasetRequest request) => request is { SplitPercent: < 100, Selection: RowSelection.Sample };

    public static string FileName(SplitKind kind) => kind switch
    {
        SplitKind.Train => "train_sft.jsonl",
        SplitKind.Test => "test_sft.jsonl",
        SplitKind.TrainGeneration => "train_gen.jsonl",
        SplitKind.TestGeneration => "test_gen.jsonl",
        _ => "validation.jsonl",
    };

    public void Write(ReadOnlySpan<byte> row, RowHash hash)
    {
        ValidRows++;
        if (!_samples)
        {
            _file.Append(row);
            return;
        }

        ulong seeded = hash.Seeded(_seed);
        if (RowHash.Percentile(seeded) < _percent)
        {
            _file.Append(row);
        }
        else if (_file.Rows == 0 && seeded < _nearestHash)
        {
            // The row nearest to the percentage is taken should no row fall below it.
            _nearestHash = seeded;
            _nearest = row.ToArray();
        }
    }

    public ValueTask FlushIfFullAsync() => _file.FlushIfFullAsync();

    /// <summary>Ends the split. A split that has rows keeps at least one.</summary>
    public Task<PreparedSplit> CompleteAsync(CancellationToken cancellationToken)
    {
        if (_file.Rows == 0 && ValidRows > 0)
        {
            _file.Append(_nearest);
        }

        return _file.CompleteAsync(Kind, _samples ? _file.Rows : FirstRows(ValidRows, _percent), cancellationToken);
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    /// <summary>
    /// How many rows <c>split[:N%]</c> is in Hugging Face's <c>datasets</c>: rounded to the closest, and a half to the even number,
    /// as Python rounds. All rows are written first and the end is cut off, because how many N % are is known only at the end;
    /// the alternative, counting first, would read a blob twice.
    /// </summary>
    internal static long FirstRows(long rows, double percent) =>
        rows == 0 ? 0 : Math.Clamp((long)Math.Round(percent * rows / 100, MidpointRounding.ToEven), 1, rows);
}
