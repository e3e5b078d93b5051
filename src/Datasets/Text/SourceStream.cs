using System.IO.Hashing;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Text;

/// <summary>A source file as it is read: counted, hashed, and stopped at the limit. Forward only.</summary>
internal sealed class SourceStream(DatasetFile file, Stream source, DatasetLimits limits, ReadProgress progress) : ForwardReadStream
{
    private readonly XxHash128 _hash = new();

    /// <summary>Bytes read.</summary>
    public long Bytes { get; private set; }

    /// <summary>XXH128 of what was read, lower-case hexadecimal.</summary>
    public string Xxh128() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public override int Read(byte[] buffer, int offset, int count) => Take(buffer.AsSpan(offset, source.Read(buffer, offset, count)));

    public override int Read(Span<byte> buffer) => Take(buffer[..source.Read(buffer)]);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await source.ReadAsync(buffer, cancellationToken);
        return Take(buffer.Span[..read]);
    }

    private int Take(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        if (Bytes > limits.MaxFileBytes)
        {
            throw DatasetErrors.FileTooLarge(file.Name, limits.MaxFileBytes);
        }

        _hash.Append(bytes);
        progress.Report(Bytes);
        return bytes.Length;
    }
}
