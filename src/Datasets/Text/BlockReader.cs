using System.Threading.Channels;

namespace FineTune.Datasets.Text;

/// <summary>Reads a stream ahead, in a task of its own, so that reading, decompressing and hashing go on while rows are checked.</summary>
internal sealed class BlockReader : IAsyncDisposable
{
    private const int MaxBlockBytes = 1 << 20;
    private const int MinBlockBytes = 1 << 12;
    private const int BlocksOfReader = 3;

    /// <summary>Blocks that may be held at the same time beside the one that <see cref="ReadAsync"/> gave last.</summary>
    public static readonly int MaxAhead = Math.Clamp(Environment.ProcessorCount, 1, 4);

    private static readonly int Blocks = BlocksOfReader + MaxAhead;

    private readonly Queue<byte[]> _held = new();
    private readonly Channel<byte[]> _free = Channel.CreateBounded<byte[]>(Blocks);
    private readonly Channel<(byte[] Block, int Length)> _filled = Channel.CreateBounded<(byte[], int)>(Blocks);
    private readonly CancellationTokenSource _stop;
    private readonly Task _reading;

    /// <param name="source">The stream.</param>
    /// <param name="expectedBytes">About how much there is: small files need no large blocks.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public BlockReader(Stream source, long expectedBytes, CancellationToken cancellationToken)
    {
        int blockBytes = (int)Math.Clamp(expectedBytes + 1, MinBlockBytes, MaxBlockBytes);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        for (int i = 0; i < Blocks; i++)
        {
            _ = _free.Writer.TryWrite(new byte[blockBytes]);
        }

        _reading = Task.Run(() => ReadAllAsync(source), CancellationToken.None);
    }

    /// <summary>The next bytes, valid until <see cref="Release"/> is called for them; none at the end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync()
    {
        if (!await _filled.Reader.WaitToReadAsync(_stop.Token))
        {
            await _reading;
            return default;
        }

        (byte[] block, int length) = await _filled.Reader.ReadAsync(_stop.Token);
        _held.Enqueue(block);
        return block.AsMemory(0, length);
    }

    /// <summary>Gives back the oldest of the blocks that are held.</summary>
    public void Release() => _free.Writer.TryWrite(_held.Dequeue());

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
            bool isEnd = false;
            while (!isEnd)
            {
                byte[] block = await _free.Reader.ReadAsync(_stop.Token);
                int read = await source.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, _stop.Token);
                if (read > 0)
                {
                    await _filled.Writer.WriteAsync((block, read), _stop.Token);
                }

                isEnd = read < block.Length;
            }
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
