using System.Runtime.InteropServices;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Output;

/// <summary>
/// Sends each valid row to its split: the one its file is named for or, without one, training or test by the row's hash.
/// </summary>
internal sealed class SplitSet(DatasetRequest request, string outputDirectory) : IAsyncDisposable
{
    /// <summary>Bytes of rows that are held back while all of them fall to the same side.</summary>
    private const int MaxHeldBytes = 16_000_000;

    private readonly SortedDictionary<SplitKind, SplitWriter> _splits = [];
    private readonly List<HeldRow> _held = [];
    private byte[] _heldBytes = [];
    private int _heldUsed;
    private bool _heldAreTest;
    private bool _bothSidesHaveRows;

    /// <summary>Whether a row's hash is needed to place it.</summary>
    /// <param name="source">The split of its file; null when rows are divided.</param>
    public bool NeedsHash(SplitKind? source) => source is null || SplitWriter.NeedsHash(request);

    public void Write(SplitKind? source, ReadOnlySpan<byte> row, RowHash hash)
    {
        if (source is { } kind)
        {
            Split(kind).Write(row, hash);
            return;
        }

        bool isTest = hash.DivisionPercentile < request.TestPercent;
        bool isFirst = _held.Count == 0;
        if (!_bothSidesHaveRows && (isFirst || isTest == _heldAreTest) && _heldUsed + row.Length <= MaxHeldBytes)
        {
            _heldAreTest = isTest;
            Hold(row, hash);
            return;
        }

        ReleaseHeld();
        Split(Side(isTest)).Write(row, hash);
    }

    public async ValueTask FlushIfFullAsync()
    {
        foreach (SplitWriter split in _splits.Values)
        {
            await split.FlushIfFullAsync();
        }
    }

    /// <summary>Ends all splits; those without a row are left out.</summary>
    public async Task<IReadOnlyList<PreparedSplit>> CompleteAsync(CancellationToken cancellationToken)
    {
        // In a dataset so small that all rows fell to one side, the one nearest to the border goes to the other.
        if (_held.Count > 1)
        {
            HeldRow nearest = _heldAreTest ? _held.MaxBy(row => row.Hash.Division) : _held.MinBy(row => row.Hash.Division);
            _held.Remove(nearest);
            Split(Side(!_heldAreTest)).Write(_heldBytes.AsSpan(nearest.Start, nearest.Length), nearest.Hash);
        }

        ReleaseHeld();
        var prepared = new List<PreparedSplit>(_splits.Count);
        foreach (SplitWriter split in _splits.Values)
        {
            prepared.Add(await split.CompleteAsync(cancellationToken));
        }

        return prepared;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SplitWriter split in _splits.Values)
        {
            await split.DisposeAsync();
        }
    }

    /// <summary>Removes what was written, once disposed.</summary>
    public void DeleteFiles()
    {
        foreach (SplitWriter split in _splits.Values)
        {
            File.Delete(split.Path);
        }
    }

    private SplitWriter Split(SplitKind kind)
    {
        if (!_splits.TryGetValue(kind, out SplitWriter? split))
        {
            split = new SplitWriter(kind, request, outputDirectory);
            _splits.Add(kind, split);
        }

        return split;
    }

    private static SplitKind Side(bool isTest) => isTest ? SplitKind.Test : SplitKind.Train;

    private void Hold(ReadOnlySpan<byte> row, RowHash hash)
    {
        if (_heldBytes.Length < _heldUsed + row.Length)
        {
            Array.Resize(ref _heldBytes, Math.Max(_heldBytes.Length * 2, _heldUsed + row.Length));
        }

        row.CopyTo(_heldBytes.AsSpan(_heldUsed));
        _held.Add(new HeldRow(_heldUsed, row.Length, hash));
        _heldUsed += row.Length;
    }

    private void ReleaseHeld()
    {
        _bothSidesHaveRows = true;
        foreach (HeldRow row in _held)
        {
            Split(Side(_heldAreTest)).Write(_heldBytes.AsSpan(row.Start, row.Length), row.Hash);
        }

        _held.Clear();
        _heldBytes = [];
        _heldUsed = 0;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct HeldRow(int Start, int Length, RowHash Hash);
}
