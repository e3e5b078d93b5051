using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

namespace FineTune.Datasets.Rows;

/// <summary>
/// Computes <see cref="RowHash"/> from what a row says, not from how it is written: the decoded <c>prompt_id</c> or, without one,
/// roles and contents in order. The same conversation hashes alike in JSONL, with whatever escapes, and in Parquet.
/// </summary>
internal sealed class RowHasher
{
    private byte[] _key = new byte[4096];
    private int _length;

    /// <summary>Hashes a <c>prompt_id</c>.</summary>
    public RowHash PromptId(ReadOnlySpan<byte> promptId)
    {
        Begin((byte)'i');
        promptId.CopyTo(Reserve(promptId.Length));
        _length += promptId.Length;
        return End();
    }

    /// <summary>Hashes a <c>prompt_id</c> that is written with JSON escapes.</summary>
    public RowHash EscapedPromptId(ReadOnlySpan<byte> quoted)
    {
        Begin((byte)'i');
        AppendUnescaped(quoted);
        return End();
    }

    /// <summary>Starts the key of a row that has no <c>prompt_id</c>.</summary>
    public void BeginMessages() => Begin((byte)'m');

    /// <summary>Adds a message.</summary>
    public void Message(ChatRole role, ReadOnlySpan<byte> content)
    {
        int header = MessageHeader(role);
        content.CopyTo(Reserve(content.Length));
        _length += content.Length;
        SetLength(header);
    }

    /// <summary>Adds a message whose content is written with JSON escapes.</summary>
    public void EscapedMessage(ChatRole role, ReadOnlySpan<byte> quoted)
    {
        int header = MessageHeader(role);
        AppendUnescaped(quoted);
        SetLength(header);
    }

    /// <summary>Hashes what was added.</summary>
    public RowHash End()
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        _ = SHA256.HashData(_key.AsSpan(0, _length), digest);
        return new RowHash(BinaryPrimitives.ReadUInt64BigEndian(digest), BinaryPrimitives.ReadUInt64BigEndian(digest[8..]));
    }

    private void Begin(byte kind)
    {
        _key[0] = kind;
        _length = 1;
    }

    // Role and length stand before each content, so that no two conversations make the same key.
    private int MessageHeader(ChatRole role)
    {
        Reserve(5)[0] = (byte)role;
        int header = _length;
        _length += 5;
        return header;
    }

    private void SetLength(int header) =>
        BinaryPrimitives.WriteInt32LittleEndian(_key.AsSpan(header + 1), _length - header - 5);

    private void AppendUnescaped(ReadOnlySpan<byte> quoted)
    {
        Span<byte> destination = Reserve(quoted.Length);
        var reader = new Utf8JsonReader(quoted);
        _ = reader.Read();
        _length += reader.CopyString(destination);
    }

    private Span<byte> Reserve(int count)
    {
        if (_key.Length - _length < count)
        {
            Array.Resize(ref _key, Math.Max(_key.Length * 2, _length + count));
        }

        return _key.AsSpan(_length, count);
    }
}
