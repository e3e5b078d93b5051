using System.Buffers.Binary;
using System.IO.Hashing;
using FineTune.Datasets.Text;

namespace FineTune.Datasets.Zstandard;

/// <summary>
/// Decompresses Zstandard (RFC 8878), which .NET 10 does not. Forward only; frames follow each other, skippable ones are skipped. Dictionaries are not
/// supported, and windows end at 128 MB. Where a frame says how many bytes it holds, or has a checksum of them, it must be right.
/// All of it is managed code with checked bounds: a hostile file ends in an exception.
/// </summary>
/// <param name="source">The compressed bytes; left open.</param>
internal sealed class ZstandardStream(Stream source) : ForwardReadStream
{
    private const uint Magic = 0xFD2FB528;
    private const uint SkippableMagic = 0x184D2A50;
    private const int MaxBlockBytes = 1 << 17;
    private const long MaxWindowBytes = 1 << 27;

    private readonly ZstandardBlock _block = new();
    private readonly byte[] _input = new byte[MaxBlockBytes];
    private readonly XxHash64 _checksum = new();

    /// <summary>The window, and behind it what was decompressed and not yet read.</summary>
    private byte[] _output = [];
    private int _read;
    private int _end;
    private int _window;
    private bool _isInFrame;
    private bool _hasChecksum;

    /// <summary>Bytes that the frame says it holds; null when it does not say.</summary>
    private ulong? _expected;
    private ulong _held;

    /// <summary>What is thrown when the bytes are no Zstandard.</summary>
    public static InvalidDataException Damaged() => new("It is no Zstandard data, or damaged.");

    /// <exception cref="InvalidDataException">The data is damaged, cut off, or needs what is not supported.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (_read == _end)
        {
            if (!_isInFrame && !BeginFrame())
            {
                return 0;
            }

            ReadBlock();
        }

        int count = Math.Min(buffer.Length, _end - _read);
        _output.AsSpan(_read, count).CopyTo(buffer);
        _read += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    private bool BeginFrame()
    {
        Span<byte> header = stackalloc byte[8];
        while (true)
        {
            int got = source.ReadAtLeast(header[..4], 4, throwOnEndOfStream: false);
            if (got == 0)
            {
                return false;
            }

            uint magic = got < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(header);
            if (magic == Magic)
            {
                ReadFrameHeader(header);
                return true;
            }

            if ((magic & 0xFFFFFFF0) != SkippableMagic)
            {
                throw Damaged();
            }

            Fill(header[..4]);
            Skip(BinaryPrimitives.ReadUInt32LittleEndian(header));
        }
    }

    private void ReadFrameHeader(Span<byte> scratch)
    {
        Fill(scratch[..1]);
        int descriptor = scratch[0];
        bool isSingleSegment = (descriptor & 0x20) != 0;
        _hasChecksum = (descriptor & 4) != 0;
        long window = 0;
        if (!isSingleSegment)
        {
            Fill(scratch[..1]);
            long unit = 1L << (10 + (scratch[0] >> 3));
            window = unit + (unit / 8 * (scratch[0] & 7));
        }

        int dictionaryBytes = (descriptor & 3) switch { 0 => 0, 1 => 1, 2 => 2, _ => 4 };
        Fill(scratch[..dictionaryBytes]);
        if (scratch[..dictionaryBytes].IndexOfAnyExcept((byte)0) >= 0)
        {
            throw new InvalidDataException("It needs a dictionary, which is not supported.");
        }

        int sizeBytes = (descriptor >> 6) switch { 0 => isSingleSegment ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        scratch.Clear();
        Fill(scratch[..sizeBytes]);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(scratch) + (sizeBytes == 2 ? 256UL : 0);
        (_expected, _held) = (sizeBytes == 0 ? null : size, 0);
        window = isSingleSegment ? (long)Math.Min(size, (ulong)long.MaxValue) : window;
        if ((descriptor & 8) != 0 || window > MaxWindowBytes)
        {
            throw new InvalidDataException("It needs a window of more than 128 MB, which is not supported.");
        }

        _window = (int)Math.Max(window, 1 << 10);

        // Memory comes when the data does: a header may claim any window.
        _output = _output.Length > 0 ? _output : new byte[4 * MaxBlockBytes];
        (_read, _end) = (0, 0);
        _block.BeginFrame();
        _checksum.Reset();
        _isInFrame = true;
    }

    private void ReadBlock()
    {
        Span<byte> header = stackalloc byte[4];
        header.Clear();
        Fill(header[..3]);
        int value = BinaryPrimitives.ReadInt32LittleEndian(header);
        bool isLast = (value & 1) != 0;
        int size = value >> 3;
        if (size > MaxBlockBytes)
        {
            throw Damaged();
        }

        MakeRoom();
        int start = _end;
        switch ((value >> 1) & 3)
        {
            case 0:
                Fill(_output.AsSpan(_end, size));
                _end += size;
                break;
            case 1:
                Fill(header[..1]);
                _output.AsSpan(_end, size).Fill(header[0]);
                _end += size;
                break;
            case 2:
                Fill(_input.AsSpan(0, size));
                _end = _block.Decode(_input.AsSpan(0, size), _output, _end, _end + MaxBlockBytes, _window);
                break;
            default:
                throw Damaged();
        }

        _held += (ulong)(_end - start);
        if (_held > _expected || (isLast && _held != (_expected ?? _held)))
        {
            throw new InvalidDataException("It does not hold as many bytes as it says: it is damaged.");
        }

        if (_hasChecksum)
        {
            _checksum.Append(_output.AsSpan(start, _end - start));
        }

        if (isLast)
        {
            EndFrame(header);
        }
    }

    /// <summary>The checksum is the lower half of XXH64 over all that the frame holds (RFC 8878, 3.1.1).</summary>
    private void EndFrame(Span<byte> scratch)
    {
        _isInFrame = false;
        if (!_hasChecksum)
        {
            return;
        }

        Fill(scratch);
        if (BinaryPrimitives.ReadUInt32LittleEndian(scratch) != (uint)_checksum.GetCurrentHashAsUInt64())
        {
            throw new InvalidDataException("Its checksum is not that of its content: it is damaged.");
        }
    }

    /// <summary>Makes room for a block behind the window; everything decompressed has been read.</summary>
    private void MakeRoom()
    {
        if (_output.Length - _end >= MaxBlockBytes)
        {
            return;
        }

        if (_end < _window + MaxBlockBytes)
        {
            Array.Resize(ref _output, (int)Math.Min(2L * _output.Length, _window + (4L * MaxBlockBytes)));
        }

        if (_output.Length - _end < MaxBlockBytes)
        {
            int keep = Math.Min(_window, _end);
            _output.AsSpan(_end - keep, keep).CopyTo(_output);
            (_read, _end) = (keep, keep);
        }
    }

    private void Skip(uint count)
    {
        for (uint left = count; left > 0;)
        {
            int part = (int)Math.Min(left, (uint)_input.Length);
            Fill(_input.AsSpan(0, part));
            left -= (uint)part;
        }
    }

    private void Fill(Span<byte> target)
    {
        if (source.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
        {
            throw new InvalidDataException("It ends too early.");
        }
    }
}
