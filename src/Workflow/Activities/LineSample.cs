using System.Buffers;
using System.Text;

namespace FineTune.Workflow.Activities;

/// <summary>
/// Passes lines on and keeps a few of them. Reservoir sampling: every line has the same chance, in one pass, and the same seed keeps the
/// same lines.
/// </summary>
internal sealed class LineSample(Stream inner, int seed) : Stream
{
    private const int Size = 20;
    private readonly Random _random = new(seed);
    private readonly List<string> _lines = new(Size);
    private readonly ArrayBufferWriter<byte> _line = new();
    private long _seen;
    private int _place = -1;
    private bool _inLine;

    /// <summary>What was kept.</summary>
    public IReadOnlyList<string> Lines => _lines;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Take(buffer);
        inner.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Take(buffer.Span);
        await inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            EndLine();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (!_inLine)
            {
                BeginLine();
            }

            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> part = end < 0 ? bytes : bytes[..end];
            if (_place >= 0)
            {
                _line.Write(part);
            }

            if (end < 0)
            {
                return;
            }

            EndLine();
            bytes = bytes[(end + 1)..];
        }
    }

    private void BeginLine()
    {
        _inLine = true;
        _seen++;
#pragma warning disable CA5394 // The choice of a test question is no secret; it must be repeatable.
        long place = _lines.Count < Size ? _random.Next(_lines.Count + 1) : _random.NextInt64(_seen);
#pragma warning restore CA5394
        _place = place < Size ? (int)place : -1;
    }

    private void EndLine()
    {
        if (_inLine && _place >= 0)
        {
            string line = Encoding.UTF8.GetString(_line.WrittenSpan);
            if (_lines.Count < Size)
            {
                _lines.Insert(_place, line);
            }
            else
            {
                _lines[_place] = line;
            }
        }

        _inLine = false;
        _line.ResetWrittenCount();
    }
}
