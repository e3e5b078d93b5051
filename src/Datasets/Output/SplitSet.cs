using System.Runtime.InteropServices;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Output;

/// <summary>
/// Sends each usable row to its split: the one its file is named for or, without one, training or test by the row's hash.
/// </summary>
internal sealed class SplitSet(DatasetRequest request, int? contextLength, OutputFiles files) : IAsyncDisposable
{
    /// <summary>Bytes of rows that are held back while all of them fall to the same side.</summary>
    private const int MaxHeldBytes = 16_000_000;

    private readonly SplitWriter?[] _splits = new SplitWriter?[Enum.GetValues<SplitKind>().Length];
    private readonly List<HeldRow> _held = [];
    private byte[] _heldBytes = [];
    private int _heldUsed;
    private SplitKind _heldSide;
    private bool _bothSidesHaveRows;

    /// <summary>Opens what a file's rows may go to.</summary>
    /// <param name="source">The split of the file; null when rows are divided.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task OpenAsync(SplitKind? source, CancellationToken cancellationToken)
    {
        foreach (SplitKind kind in source is { } only ? [only] : new[] { SplitKind.Train, SplitKind.Test })
        {
            if (_splits[(int)kind] is null)
            {
                var split = new SplitWriter(kind, request, contextLength, files);
                _splits[(int)kind] = split;
                await split.OpenAsync(cancellationToken);
            }
        }
    }

    /// <summary>The split that a row belongs to.</summary>
    public SplitKind Place(SplitKind? source, RowHash hash) =>
        source ?? (hash.DivisionPercentile < request.TestPercent ? SplitKind.Test : SplitKind.Train);

    /// <summary>Writes a row.</summary>
    /// <param name="place">Where <see cref="Place"/> put it.</param>
    /// <param name="isDivided">Whether its hash, rather than its file, put it there.</param>
    /// <param name="row">Its bytes.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="record">Where it comes from.</param>
    public void Write(SplitKind place, bool isDivided, ReadOnlySpan<byte> row, RowHash hash, in RowRecord record)
    {
        if (isDivided && !_bothSidesHaveRows)
        {
            if ((_held.Count == 0 || place == _heldSide) && _heldUsed + row.Length <= MaxHeldBytes)
            {
                _heldSide = place;
                Hold(row, hash, in record);
                return;
            }

            ReleaseHeld();
        }

        _splits[(int)place]!.Write(row, hash, in record);
    }

    public async ValueTask FlushIfFullAsync()
    {
        foreach (SplitWriter? split in _splits)
        {
            if (split is not null)
            {
                await split.FlushIfFullAsync();
            }
        }
    }

    /// <summary>Ends all splits; those without a row are left out.</summary>
    public async Task<List<(PreparedSplit Split, SplitStatistics Statistics)>> CompleteAsync(CancellationToken cancellationToken)
    {
        MoveNearest();
        ReleaseHeld();
        var prepared = new List<(PreparedSplit, SplitStatistics)>();
        foreach (SplitWriter? split in _splits)
        {
            if (split is null)
            {
                continue;
            }

            if (split.ValidRows > 0)
            {
                prepared.Add(await split.CompleteAsync(cancellationToken));
            }
            else
            {
                await split.DisposeAsync();
                await files.DiscardAsync(SplitWriter.FileName(split.Kind));
                await files.DiscardAsync(SplitWriter.MapName(split.Kind));
            }
        }

        return prepared;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SplitWriter? split in _splits)
        {
            if (split is not null)
            {
                await split.DisposeAsync();
            }
        }
    }

    private void Hold(ReadOnlySpan<byte> row, RowHash hash, in RowRecord record)
    {
        if (_heldBytes.Length < _heldUsed + row.Length)
        {
            Array.Resize(ref _heldBytes, Math.Max(_heldBytes.Length * 2, _heldUsed + row.Length));
        }

        row.CopyTo(_heldBytes.AsSpan(_heldUsed));
        _held.Add(new HeldRow(_heldUsed, row.Length, hash, record));
        _heldUsed += row.Length;
    }

    /// <summary>
    /// In a dataset so small that all rows fell to one side, the one nearest to the border goes to the other, and with it those that are the same:
    /// the model would be tested with what it learned.
    /// </summary>
    private void MoveNearest()
    {
        if (_held.Count < 2)
        {
            return;
        }

        HeldRow nearest = _heldSide == SplitKind.Test ? _held.MaxBy(row => row.Hash.Division) : _held.MinBy(row => row.Hash.Division);
        Predicate<HeldRow> isSame = row => row.Hash == nearest.Hash;
        if (_held.TrueForAll(isSame))
        {
            // One prompt_id for all of them; or there is only one row, however often.
            isSame = row => HeldBytes(in row).SequenceEqual(HeldBytes(in nearest));
        }

        List<HeldRow> moved = _held.FindAll(isSame);
        if (moved.Count < _held.Count)
        {
            SplitWriter other = _splits[(int)(_heldSide == SplitKind.Test ? SplitKind.Train : SplitKind.Test)]!;
            foreach (ref readonly HeldRow row in CollectionsMarshal.AsSpan(moved))
            {
                other.Write(HeldBytes(in row), row.Hash, in row.Record);
            }

            _ = _held.RemoveAll(isSame);
        }
    }

    private ReadOnlySpan<byte> HeldBytes(ref readonly HeldRow row) => _heldBytes.AsSpan(row.Start, row.Length);

    private void ReleaseHeld()
    {
        _bothSidesHaveRows = true;
        foreach (ref readonly HeldRow row in CollectionsMarshal.AsSpan(_held))
        {
            _splits[(int)_heldSide]!.Write(HeldBytes(in row), row.Hash, in row.Record);
        }

        _held.Clear();
        _heldBytes = [];
        _heldUsed = 0;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly struct HeldRow(int start, int length, RowHash hash, RowRecord record)
    {
        public readonly int Start = start;
        public readonly int Length = length;
        public readonly RowHash Hash = hash;
        public readonly RowRecord Record = record;
    }
}
