using System.Runtime.CompilerServices;
using FineTune.Datasets.Text;

namespace FineTune.Datasets.Tests;

/// <summary>A stream that gives at most so many bytes a read, and can't seek: as a blob's does.</summary>
internal sealed class ChunkedStream(byte[] content, int readSize) : ForwardStream
{
    private int _at;

    public Action<int>? OnRead { get; init; }

    protected override int Fill(Span<byte> buffer)
    {
        OnRead?.Invoke(_at);
        int count = Math.Min(Math.Min(buffer.Length, readSize), content.Length - _at);
        content.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }
}

/// <summary>A line again and again: gigabytes that are nowhere.</summary>
internal sealed class RepeatingStream(byte[] line, long length) : ForwardStream
{
    private long _at;

    protected override int Fill(Span<byte> buffer)
    {
        int filled = 0;
        while (filled < buffer.Length && _at < length)
        {
            ReadOnlySpan<byte> rest = line.AsSpan((int)(_at % line.Length));
            int count = Math.Min(rest.Length, buffer.Length - filled);
            rest[..count].CopyTo(buffer[filled..]);
            filled += count;
            _at += count;
        }

        return filled;
    }
}

/// <summary>A stream whose bytes are made as they are read.</summary>
internal abstract class ForwardStream : ForwardReadStream
{
    public override int Read(byte[] buffer, int offset, int count) => Fill(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(Fill(buffer.Span));

    protected abstract int Fill(Span<byte> buffer);
}

/// <summary>A clock that goes on by a fixed step each time it is looked at.</summary>
internal sealed class SteppingTimeProvider(TimeSpan step) : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks += step.Ticks;
}

/// <summary>Progress on the thread that makes it.</summary>
internal sealed class DirectProgress(List<long> reported) : IProgress<long>
{
    public void Report(long value) => reported.Add(value);
}

internal static class Samples
{
    public static string Path(string name, [CallerFilePath] string here = "") =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(here)!, "..", "..", "samples", name);

    public static void CancelIf(this CancellationTokenSource source, bool condition)
    {
        if (condition)
        {
            source.Cancel();
        }
    }
}
