namespace FineTune.Datasets.Text;

/// <summary>What a compressed source holds, stopped where it grows out of all proportion. Forward only, and asynchronous only.</summary>
internal sealed class DecompressedStream(string file, SourceStream source, SourceCompression compression, DatasetLimits limits) : ForwardReadStream
{
    private readonly Stream _content = compression == SourceCompression.Gzip ? new GzipMembers(source) : new ZstandardStream(source);
    private long _bytes;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Take(await _content.ReadAsync(buffer, cancellationToken));
        }
        catch (InvalidDataException exception)
        {
            throw DatasetErrors.NotDecompressible(file, exception.Message);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Take(int read)
    {
        _bytes += read;
        if (limits.IsOutOfProportion(_bytes, source.Bytes))
        {
            throw DatasetErrors.DecompressesTooFar(file, limits.MaxCompressionRatio);
        }

        return read;
    }
}
