using System.Security.Cryptography;
using FineTune.Workflow.Contracts;
using Microsoft.Win32.SafeHandles;

namespace FineTune.Datasets.Output;

/// <summary>
/// A JSONL file being written. Rows gather in a buffer; full buffers are hashed and written in the background
/// while the next rows are checked.
/// </summary>
internal sealed class SplitFile : IAsyncDisposable
{
    private const int BlockBytes = 1 << 20;

    private readonly SafeFileHandle _handle;
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly bool _hashWhileWriting;
    private byte[] _buffer = new byte[2 * BlockBytes];
    private byte[] _spare = new byte[2 * BlockBytes];
    private int _used;
    private long _written;
    private Task _writing = Task.CompletedTask;

    /// <summary>Creates the file.</summary>
    /// <param name="path">Where; must not exist.</param>
    /// <param name="willBeCut">Whether rows will be cut off at the end, so that hashing before is in vain.</param>
    public SplitFile(string path, bool willBeCut)
    {
        Path = path;
        _hashWhileWriting = !willBeCut;
        _handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read);
    }

    public string Path { get; }

    /// <summary>Rows added so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Adds a row and ends its line.</summary>
    public void Append(ReadOnlySpan<byte> row)
    {
        int needed = _used + row.Length + 1;
        if (_buffer.Length < needed)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, needed));
        }

        row.CopyTo(_buffer.AsSpan(_used));
        _used = needed;
        _buffer[_used - 1] = (byte)'\n';
        Rows++;
    }

    /// <summary>Hands the buffer over to be written when it is full enough.</summary>
    public ValueTask FlushIfFullAsync() => _used < BlockBytes ? ValueTask.CompletedTask : new ValueTask(FlushAsync());

    /// <summary>Ends the file after <paramref name="rowsToKeep"/> rows.</summary>
    public async Task<PreparedSplit> CompleteAsync(SplitKind kind, long rowsToKeep, CancellationToken cancellationToken)
    {
        await FlushAsync();
        await _writing;
        long bytes = _written;
        if (!_hashWhileWriting)
        {
            bytes = await Task.Run(() => HashRows(rowsToKeep, cancellationToken), cancellationToken);
            RandomAccess.SetLength(_handle, bytes);
        }

        return new PreparedSplit(kind, System.IO.Path.GetFileName(Path), rowsToKeep, bytes, Convert.ToHexStringLower(_sha256.GetHashAndReset()));
    }

    public async ValueTask DisposeAsync()
    {
        // What went wrong with the last write was thrown to whoever awaited it, or no longer matters.
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _handle.Dispose();
        _sha256.Dispose();
    }

    private async Task FlushAsync()
    {
        await _writing;
        (byte[] block, int count) = (_buffer, _used);
        (_buffer, _spare) = (_spare, block);
        _used = 0;
        long offset = _written;
        _written += count;
        _writing = count == 0 ? Task.CompletedTask : Task.Run(() =>
        {
            RandomAccess.Write(_handle, block.AsSpan(0, count), offset);
            if (_hashWhileWriting)
            {
                _sha256.AppendData(block, 0, count);
            }
        });
    }

    /// <summary>Hashes the first rows; their line ends say where they stop, so that no offsets need to be kept.</summary>
    private long HashRows(long rows, CancellationToken cancellationToken)
    {
        long offset = 0;
        while (rows > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = RandomAccess.Read(_handle, _spare, offset);
            if (read == 0)
            {
                throw new EndOfStreamException($"{Path} is shorter than what was written to it.");
            }

            int end = 0;
            while (rows > 0 && _spare.AsSpan(end, read - end).IndexOf((byte)'\n') is >= 0 and int length)
            {
                end += length + 1;
                rows--;
            }

            int take = rows > 0 ? read : end;
            _sha256.AppendData(_spare, 0, take);
            offset += take;
        }

        return offset;
    }
}
