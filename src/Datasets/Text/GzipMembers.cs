using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace FineTune.Datasets.Text;

/// <summary>
/// Decompresses gzip (RFC 1952), every member of it. <see cref="GZipStream"/> takes a file that is cut off for a whole one and reads over whatever follows the
/// last member, unless the process was started with a switch; rows would be missing and nobody told. Here only the deflated data is left to .NET, and the frame
/// is read by hand: each member must come to its end, with the checksum and length of what it held, and nothing but zeros may follow the last one.
/// Forward only, and asynchronous only.
/// </summary>
/// <param name="source">The compressed bytes; left open.</param>
internal sealed class GzipMembers(Stream source) : ForwardReadStream
{
    private const int TrailerBytes = 8;
    private const int MaxGivenBytes = 1 << 14;

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly Crc32 _checksum = new();
    private uint _length;
    private int _at;
    private int _end;

    /// <summary>Where what the decompressor was given last begins; the member's end lies in it or right behind it.</summary>
    private int _given;
    private bool _hasEnded;
    private bool _hasMember;
    private DeflateStream? _member;

    /// <exception cref="InvalidDataException">The data is damaged or cut off, or something else follows it.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            if (_member is null && !await BeginMemberAsync(cancellationToken))
            {
                break;
            }

            int read = await _member!.ReadAsync(buffer, cancellationToken);
            if (read > 0)
            {
                _checksum.Append(buffer.Span[..read]);
                _length += (uint)read;
                return read;
            }

            await EndMemberAsync(cancellationToken);
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _member?.Dispose();
        }

        base.Dispose(disposing);
    }

    private static InvalidDataException CutOff() => new("It ends too early.");

    private async ValueTask<bool> BeginMemberAsync(CancellationToken cancellationToken)
    {
        while (_hasMember && await HasAsync(1, cancellationToken) && _buffer[_at] == 0)
        {
            // gzip itself reads over zeros too: tapes are filled up with them.
            _at++;
        }

        if (!await HasAsync(1, cancellationToken))
        {
            return false;
        }

        if (!await HasAsync(2, cancellationToken) || _buffer[_at] != 0x1F || _buffer[_at + 1] != 0x8B)
        {
            throw new InvalidDataException(_hasMember ? "Something that is not gzip follows its end." : "It is no gzip data.");
        }

        await RequireAsync(10, cancellationToken);
        int flags = _buffer[_at + 3];
        if (_buffer[_at + 2] != 8 || (flags & 0xE0) != 0)
        {
            throw new InvalidDataException("It is gzip of an unknown kind.");
        }

        _at += 10;
        if ((flags & 4) != 0)
        {
            await RequireAsync(2, cancellationToken);
            int extra = BinaryPrimitives.ReadUInt16LittleEndian(_buffer.AsSpan(_at));
            await SkipAsync(2, cancellationToken);
            await SkipAsync(extra, cancellationToken);
        }

        // The file's name and a comment, each ended by a zero; then a checksum of the header.
        for (int texts = ((flags >> 3) & 1) + ((flags >> 4) & 1); texts > 0; texts--)
        {
            do
            {
                await RequireAsync(1, cancellationToken);
            }
            while (_buffer[_at++] != 0);
        }

        await SkipAsync((flags & 2) != 0 ? 2 : 0, cancellationToken);
        (_hasMember, _given, _length) = (true, _at, 0);
        _checksum.Reset();
        _member = new DeflateStream(new Given(this), CompressionMode.Decompress);
        return true;
    }

    /// <summary>
    /// Finds the trailer. The decompressor does not tell where the deflated data ended, but what the trailer must say is known: it is looked for in what was
    /// given last, and right behind it.
    /// </summary>
    private async ValueTask EndMemberAsync(CancellationToken cancellationToken)
    {
        await _member!.DisposeAsync();
        _member = null;
        if (_hasEnded)
        {
            throw CutOff();
        }

        int given = _at - _given;
        _at = _given;
        _ = await HasAsync(given + TrailerBytes, cancellationToken);
        byte[] trailer = new byte[TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _checksum.GetCurrentHashAsUInt32());
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(4), _length);
        int found = _buffer.AsSpan(_at, Math.Min(given + TrailerBytes, _end - _at)).IndexOf(trailer);
        if (found < 0)
        {
            throw new InvalidDataException("It is cut off, or its checksum is not that of its content.");
        }

        _at += found;

        // Of an empty member the trailer is zeros, and the byte before it as well.
        while (await HasAsync(TrailerBytes + 1, cancellationToken) && _buffer.AsSpan(_at + 1, TrailerBytes).SequenceEqual(trailer))
        {
            _at++;
        }

        _at += TrailerBytes;
    }

    /// <summary>Gives the decompressor its next bytes.</summary>
    private async ValueTask<int> GiveAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        if (!await HasAsync(1, cancellationToken))
        {
            _hasEnded = true;
            return 0;
        }

        int count = Math.Min(Math.Min(target.Length, MaxGivenBytes), _end - _at);
        _buffer.AsMemory(_at, count).CopyTo(target);
        _given = _at;
        _at += count;
        return count;
    }

    private async ValueTask SkipAsync(int count, CancellationToken cancellationToken)
    {
        for (int left = count; left > 0;)
        {
            await RequireAsync(1, cancellationToken);
            int part = Math.Min(left, _end - _at);
            _at += part;
            left -= part;
        }
    }

    private async ValueTask RequireAsync(int count, CancellationToken cancellationToken)
    {
        if (!await HasAsync(count, cancellationToken))
        {
            throw CutOff();
        }
    }

    /// <summary>Reads on until so many bytes, of which the buffer holds several times as many, stand in it.</summary>
    private async ValueTask<bool> HasAsync(int count, CancellationToken cancellationToken)
    {
        if (_end - _at >= count)
        {
            return true;
        }

        _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
        (_at, _end) = (0, _end - _at);
        _end += await source.ReadAtLeastAsync(_buffer.AsMemory(_end), count - _end, throwOnEndOfStream: false, cancellationToken);
        return _end >= count;
    }

    /// <summary>What the decompressor reads from.</summary>
    private sealed class Given(GzipMembers owner) : ForwardReadStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => owner.GiveAsync(buffer, cancellationToken);
    }
}
