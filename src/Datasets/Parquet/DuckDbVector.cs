using System.Runtime.InteropServices;

namespace FineTune.Datasets.Parquet;

/// <summary>A column of a chunk. Valid only as long as its chunk: it points into DuckDB's memory.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe ref struct DuckDbVector
{
    /// <summary><c>duckdb_string_t</c>: 4 bytes of length, then up to 12 bytes of text or, 8 bytes in, a pointer to it.</summary>
    private const int StringBytes = 16;
    private const int InlineTextBytes = 12;

    private readonly nint _vector;
    private readonly byte* _data;
    private readonly ulong* _validity;

    public DuckDbVector(DuckDbChunkHandle chunk, int column)
        : this(DuckDbNative.DataChunkGetVector(chunk, (ulong)column))
    {
    }

    private DuckDbVector(nint vector)
    {
        _vector = vector;
        _data = (byte*)DuckDbNative.VectorGetData(vector);
        _validity = DuckDbNative.VectorGetValidity(vector);
    }

    /// <summary>The elements of all lists of this vector, one after the other.</summary>
    public DuckDbVector Elements => new(DuckDbNative.ListVectorGetChild(_vector));

    /// <summary>A field of the structs of this vector.</summary>
    public DuckDbVector Field(int index) => new(DuckDbNative.StructVectorGetChild(_vector, (ulong)index));

    public bool IsNull(ulong row) => _validity != null && (_validity[row >> 6] >> (int)(row & 63) & 1) == 0;

    /// <summary>Where a list's elements are.</summary>
    public (ulong Offset, ulong Length) List(ulong row) => (((ulong*)_data)[row * 2], ((ulong*)_data)[(row * 2) + 1]);

    /// <summary>The UTF-8 bytes of a text.</summary>
    public ReadOnlySpan<byte> Text(ulong row)
    {
        byte* text = _data + (row * StringBytes);
        uint length = *(uint*)text;
        return new ReadOnlySpan<byte>(length <= InlineTextBytes ? text + 4 : *(byte**)(text + 8), checked((int)length));
    }
}
