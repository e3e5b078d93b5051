namespace FineTune.Datasets.Text;

/// <summary>A pipe, whose reads wait for whoever writes to it, so that the waiting can be stopped. Forward only.</summary>
/// <param name="source">The pipe; closed with this.</param>
internal sealed class PipeStream(Stream source) : ForwardReadStream
{
    public override int Read(byte[] buffer, int offset, int count) => source.Read(buffer, offset, count);

    public override int Read(Span<byte> buffer) => source.Read(buffer);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        await source.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
