using System.Globalization;
using FineTune.Datasets.Output;
using FineTune.Datasets.Rows;

namespace FineTune.Datasets.Text;

/// <summary>Reads the records of a text block by block; one that is larger than the limit is skipped without being held.</summary>
internal abstract class RecordReader(RowPipeline pipeline, DatasetLimits limits)
{
    private byte[] _begun = new byte[1 << 16];
    private int _used;

    /// <summary>Where rows go.</summary>
    protected RowPipeline Pipeline => pipeline;

    /// <summary>The limits.</summary>
    protected DatasetLimits Limits => limits;

    /// <summary>Number of the last record, from 1.</summary>
    protected long Number { get; set; }

    /// <summary>Whether a record has begun in an earlier block.</summary>
    protected bool HasBegun => _used > 0 || IsSkipping;

    /// <summary>Whether the record that has begun is larger than the limit already.</summary>
    protected bool IsSkipping { get; private set; }

    /// <summary>Reads a text to its end.</summary>
    /// <param name="first">Its beginning.</param>
    /// <param name="blocks">The rest.</param>
    /// <param name="splits">Given time to write after each block.</param>
    public virtual async Task ReadAsync(ReadOnlyMemory<byte> first, BlockReader blocks, SplitSet splits)
    {
        for (ReadOnlyMemory<byte> block = first; block.Length > 0; block = await blocks.ReadAsync())
        {
            Consume(block.Span);
            blocks.Release();
            await splits.FlushIfFullAsync();
        }

        End();
        await splits.FlushIfFullAsync();
    }

    /// <summary>Takes a block.</summary>
    protected abstract void Consume(ReadOnlySpan<byte> block);

    /// <summary>Takes the end of the text.</summary>
    protected abstract void End();

    /// <summary>Keeps the beginning of a record until its end comes.</summary>
    protected void Keep(ReadOnlySpan<byte> part)
    {
        // One byte more than the limit may be a carriage return.
        if (IsSkipping || _used + (long)part.Length > limits.MaxRowBytes + 1L)
        {
            IsSkipping = true;
            return;
        }

        if (_begun.Length - _used < part.Length)
        {
            Array.Resize(ref _begun, (int)Math.Min(Math.Max(2L * _begun.Length, _used + part.Length), limits.MaxRowBytes + 1L));
        }

        part.CopyTo(_begun.AsSpan(_used));
        _used += part.Length;
    }

    /// <summary>Joins the end of a record to what was kept of it, if anything was; valid until the next <see cref="Keep"/>.</summary>
    /// <returns>The record; nothing of it when it was larger than the limit, see <paramref name="isTooLong"/>.</returns>
    protected ReadOnlySpan<byte> Join(ReadOnlySpan<byte> end, out bool isTooLong)
    {
        ReadOnlySpan<byte> record = end;
        if (HasBegun)
        {
            Keep(end);
            record = IsSkipping ? [] : _begun.AsSpan(0, _used);
        }

        isTooLong = IsSkipping;
        IsSkipping = false;
        _used = 0;
        return record;
    }

    /// <summary>Says that a record is larger than the limit.</summary>
    protected void TooLong(RowPlace place = default) =>
        pipeline.Unreadable(Number, FindingCode.RowTooLong, string.Create(CultureInfo.InvariantCulture, $"The row is longer than {limits.MaxRowBytes} bytes."), place);
}
