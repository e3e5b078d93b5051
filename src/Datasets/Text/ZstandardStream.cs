using ZstdSharp;
using ZstdSharp.Unsafe;

namespace FineTune.Datasets.Text;

/// <summary>
/// Decompresses Zstandard (RFC 8878). Frames follow each other, skippable ones are skipped; where a frame says how many bytes it holds, or has a
/// checksum of them, it must be right. Windows end at 128 MB, the format's own limit for those who do not ask for more; dictionaries are not supported.
/// Forward only, and asynchronous only.
/// </summary>
/// <param name="source">The compressed bytes; left open.</param>
internal sealed class ZstandardStream(Stream source) : ForwardReadStream
{
    private readonly DecompressionStream _content = new(source, checkEndOfStream: true, leaveOpen: true);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">The data is damaged, cut off, or needs what is not supported.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _content.ReadAsync(buffer, cancellationToken);
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException("It ends too early.", exception);
        }
        catch (ZstdException exception)
        {
            throw new InvalidDataException(Reason(exception.Code), exception);
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

    private static string Reason(ZSTD_ErrorCode code) => code switch
    {
        ZSTD_ErrorCode.ZSTD_error_checksum_wrong => "Its checksum is not that of its content: it is damaged.",
        ZSTD_ErrorCode.ZSTD_error_dictionary_wrong => "It needs a dictionary, which is not supported.",
        ZSTD_ErrorCode.ZSTD_error_frameParameter_windowTooLarge => "It needs a window of more than 128 MB, which is not supported.",
        _ => "It is no Zstandard data, or damaged.",
    };
}
