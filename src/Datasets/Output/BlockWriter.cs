using System.Security.Cryptography;

namespace FineTune.Datasets.Output;

/// <summary>Gathers rows in a buffer; full buffers are written and hashed in the background while the next rows are checked.</summary>
/// <param name="target">Takes the bytes; disposed with this.</param>
/// <param name="hash">Whether to hash them.</param>
internal sealed class BlockWriter(Stream target, bool hash) : IAsyncDisposable
{
    private const int BlockBytes = 1 << 20;

    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = new byte[1 << 14];
    private byte[] _spare = [];
    private int _used;
    private Task _writing = Task.CompletedTask;

    /// <summary>Bytes added.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds a row and ends its line.</summary>
    public void Append(ReadOnlySpan<byte> row)
    {
        int needed = _used + row.Length + 1;
        if (_buffer.Length < needed)
        {
            // Small splits stay small; a large one gets what a block of input and the rest of the one before can add.
            Array.Resize(ref _buffer, Math.Max(needed + (needed >> 2), Math.Min(_buffer.Length * 4, 2 * BlockBytes)));
        }

        row.CopyTo(_buffer.AsSpan(_used));
        _buffer[needed - 1] = (byte)'\n';
        _used = needed;
        Bytes += row.Length + 1;
    }

    /// <summary>Hands the buffer over to be written when it is full enough.</summary>
    public ValueTask FlushIfFullAsync() => _used < BlockBytes ? ValueTask.CompletedTask : new ValueTask(FlushAsync());

    /// <summary>Writes what is left.</summary>
    /// <returns>SHA-256 of all bytes, if it was asked for.</returns>
    public async Task<string> CompleteAsync()
    {
        await FlushAsync();
        await _writing;
        await target.FlushAsync();
        return Convert.ToHexStringLower(_sha256.GetHashAndReset());
    }

    public async ValueTask DisposeAsync()
    {
        // What went wrong with the last write was thrown to whoever awaited it, or no longer matters.
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await target.DisposeAsync();
        _sha256.Dispose();
    }

    private async Task FlushAsync()
    {
        await _writing;
        (byte[] block, int count) = (_buffer, _used);
        (_buffer, _spare) = (_spare.Length > 0 ? _spare : new byte[block.Length], block);
        _used = 0;
        _writing = count == 0 ? Task.CompletedTask : Task.Run(() =>
        {
            target.Write(block, 0, count);
            if (hash)
            {
                _sha256.AppendData(block, 0, count);
            }
        });
    }
}
