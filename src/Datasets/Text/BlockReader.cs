using System.Threading.Channels;

namespace FineTune.Datasets.Text;

/// <summary>Reads a stream ahead, in a task of its own, so that reading, decompressing and hashing go on while rows are checked.</summary>
internal sealed class BlockReader : IAsyncDisposable
{
    private const int BlockBytes = 1 << 20;
    private const int Blocks = 3;

    private readonly Channel<byte[]> _free = Channel.CreateBounded<byte[]>(Blocks);
    private readonly Channel<(byte[] Block, int Length)> _filled = Channel.CreateBounded<(byte[], int)>(Blocks);
    private readonly CancellationTokenSource _stop;
    private readonly Task _reading;
    private byte[]? _current;

    public BlockReader(Stream source, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        for (int i = 0; i < Blocks; i++)
        {
            _ = _free.Writer.TryWrite(new byte[BlockBytes]);
        }

        _reading = Task.Run(() => ReadAllAsync(source), CancellationToken.None);
    }

    /// <summary>The next bytes, valid until the next call; none at the end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        if (_current is not null)
        {
            _ = _free.Writer.TryWrite(_current);
            _current = null;
        }

        if (!await _filled.Reader.WaitToReadAsync(_stop.Token))
        {
            await _reading;
            return default;
        }

        (_current, int length) = await _filled.Reader.ReadAsync(_stop.Token);
        return _current.AsMemory(0, length);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task ReadAllAsync(Stream source)
    {
        Exception? error = null;
        try
        {
            int read;
            do
            {
                byte[] block = await _free.Reader.ReadAsync(_stop.Token);
                read = await source.ReadAtLeastAsync(block, BlockBytes, throwOnEndOfStream: false, _stop.Token);
                if (read > 0)
                {
                    await _filled.Writer.WriteAsync((block, read), _stop.Token);
                }
            }
            while (read == BlockBytes);
        }
        catch (Exception exception)
        {
            error = exception;
            throw;
        }
        finally
        {
            _filled.Writer.Complete(error);
        }
    }
}
