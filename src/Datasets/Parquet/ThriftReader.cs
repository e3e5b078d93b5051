using System.Runtime.InteropServices;

namespace FineTune.Datasets.Parquet;

/// <summary>Reads Thrift's compact protocol, in which Parquet keeps its metadata, and believes nothing that it reads.</summary>
/// <exception cref="InvalidDataException">By any method: the bytes are no Thrift, or end too early.</exception>
[StructLayout(LayoutKind.Auto)]
internal ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    private const int MaxDepth = 16;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read.</summary>
    public int Position { get; private set; }

    /// <summary>Reads a field's header.</summary>
    /// <param name="field">The last field's number in this struct; the next one's after the call. 0 to begin with.</param>
    /// <param name="type">The field's type.</param>
    /// <returns>False at the end of the struct.</returns>
    public bool ReadField(ref int field, out ThriftType type)
    {
        byte header = ReadByte();
        type = (ThriftType)(header & 15);
        if (header == 0)
        {
            return false;
        }

        field = header >> 4 != 0 ? field + (header >> 4) : checked((int)ReadInteger());
        return true;
    }

    /// <summary>Reads a list's header.</summary>
    /// <param name="type">The type of its elements.</param>
    /// <returns>How many there are; never more than there are bytes.</returns>
    public int ReadList(out ThriftType type)
    {
        byte header = ReadByte();
        type = (ThriftType)(header & 15);
        ulong count = header >> 4 == 15 ? ReadVarint() : (ulong)(header >> 4);
        return count <= (ulong)(_bytes.Length - Position) ? (int)count : throw Damaged();
    }

    /// <summary>Reads a number of any width.</summary>
    public long ReadInteger()
    {
        ulong value = ReadVarint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Reads a text or bytes.</summary>
    public ReadOnlySpan<byte> ReadBinary()
    {
        ulong length = ReadVarint();
        if (length > (ulong)(_bytes.Length - Position))
        {
            throw Damaged();
        }

        ReadOnlySpan<byte> value = _bytes.Slice(Position, (int)length);
        Position += (int)length;
        return value;
    }

    /// <summary>Reads over a value.</summary>
    public void Skip(ThriftType type, int depth = 0)
    {
        if (depth > MaxDepth)
        {
            throw Damaged();
        }

        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Byte:
                _ = ReadByte();
                break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                _ = ReadVarint();
                break;
            case ThriftType.Double:
                _ = Take(sizeof(double));
                break;
            case ThriftType.Binary:
                _ = ReadBinary();
                break;
            case ThriftType.List or ThriftType.Set:
                int count = ReadList(out ThriftType element);
                for (int i = 0; i < count; i++)
                {
                    // In a list, a truth value takes a byte.
                    Skip(element is ThriftType.True or ThriftType.False ? ThriftType.Byte : element, depth + 1);
                }

                break;
            case ThriftType.Struct:
                int field = 0;
                while (ReadField(ref field, out ThriftType inner))
                {
                    Skip(inner, depth + 1);
                }

                break;
            default:
                throw Damaged();
        }
    }

    /// <summary>What is thrown when the bytes make no sense.</summary>
    public static InvalidDataException Damaged() => new("its metadata is damaged.");

    private byte ReadByte() => Take(1)[0];

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = ReadByte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_bytes.Length - Position < count)
        {
            throw Damaged();
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(Position, count);
        Position += count;
        return taken;
    }
}
