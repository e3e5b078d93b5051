using System.Buffers.Binary;
using System.Globalization;
using FineTune.Workflow.Ports;
using Microsoft.Win32.SafeHandles;

namespace FineTune.Datasets.Parquet;

/// <summary>
/// Checks a Parquet file's metadata before DuckDB, which is native code, sees the file: every number that says where something is, how much of it there is,
/// or how large it becomes must fit the file and the limits. (The format: github.com/apache/parquet-format, parquet.thrift.)
/// </summary>
internal sealed class ParquetFooter
{
    private const int TrailerBytes = 8;
    private const int MaxFooterBytes = 1 << 28;
    private const int PageHeaderBytes = 1 << 12;
    private const int MaxPageHeaderBytes = 1 << 24;

    private readonly DatasetLimits _limits;
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly List<Chunk> _chunks = [];
    private long _dataEnd;

    private ParquetFooter(DatasetLimits limits, SafeFileHandle file)
    {
        _limits = limits;
        _file = file;
        _length = RandomAccess.GetLength(file);
    }

    /// <summary>Checks a file.</summary>
    /// <param name="name">How the file is called in errors.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="limits">What it may be.</param>
    /// <returns>Its bytes.</returns>
    /// <exception cref="UpstreamException">Invalid: it is no Parquet file, damaged, or beyond a limit.</exception>
    public static long Check(string name, string path, DatasetLimits limits)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        try
        {
            var footer = new ParquetFooter(limits, file);
            footer.Check(name);
            return footer._length;
        }
        catch (InvalidDataException exception)
        {
            throw DatasetErrors.NotParquet(name, exception.Message);
        }
        catch (OverflowException)
        {
            throw DatasetErrors.NotParquet(name, ThriftReader.Damaged().Message);
        }
    }

    private void Check(string name)
    {
        if (_length == 0)
        {
            throw DatasetErrors.EmptyFile(name);
        }

        byte[] trailer = new byte[TrailerBytes];
        if (_length < 4 || !Read(0, trailer.AsSpan(0, 4)).SequenceEqual("PAR1"u8))
        {
            throw new InvalidDataException("it does not begin with Parquet's mark PAR1.");
        }

        ReadOnlySpan<byte> end = _length < 12 ? [] : Read(_length - TrailerBytes, trailer);
        if (end.EndsWith("PARE"u8))
        {
            throw new InvalidDataException("it is encrypted.");
        }

        if (!end.EndsWith("PAR1"u8))
        {
            throw new InvalidDataException("its end is missing (Parquet's mark PAR1 is not there).");
        }

        int footerBytes = BinaryPrimitives.ReadInt32LittleEndian(end);
        _dataEnd = _length - TrailerBytes - footerBytes;
        if (footerBytes <= 0 || footerBytes > MaxFooterBytes || _dataEnd < 4)
        {
            throw ThriftReader.Damaged();
        }

        ReadFile(Read(_dataEnd, new byte[footerBytes]));
        long decompressed = 0;
        foreach (Chunk chunk in _chunks)
        {
            CheckPages(chunk);
            decompressed += chunk.Uncompressed;
        }

        CheckRatio(decompressed, _length);
    }

    private void ReadFile(ReadOnlySpan<byte> footer)
    {
        var reader = new ThriftReader(footer);
        long rows = -1;
        long rowsOfGroups = 0;
        int field = 0;
        while (reader.ReadField(ref field, out ThriftType type))
        {
            switch (field)
            {
                case 2 when type == ThriftType.List:
                    int columns = reader.ReadList(out ThriftType element);
                    Limit(columns, _limits.MaxColumns, "columns");
                    CheckSchema(ref reader, columns, element);
                    break;
                case 3 when type == ThriftType.Int64:
                    rows = reader.ReadInteger();
                    break;
                case 4 when type == ThriftType.List:
                    int groups = reader.ReadList(out element);
                    Limit(groups, _limits.MaxRowGroups, "row groups");
                    for (int i = 0; i < groups; i++)
                    {
                        rowsOfGroups = checked(rowsOfGroups + ReadRowGroup(ref reader, element));
                    }

                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (rows < 0 || rows != rowsOfGroups)
        {
            throw ThriftReader.Damaged();
        }
    }

    /// <summary>The schema is a tree, written in order with each node's number of children.</summary>
    private static void CheckSchema(ref ThriftReader reader, int count, ThriftType element)
    {
        const int MaxDepth = 32;
        Span<long> open = stackalloc long[MaxDepth];
        int depth = 0;
        for (int i = 0; i < count; i++)
        {
            long children = ReadSchemaElement(ref reader, element);
            if ((i > 0 && depth == 0) || children < 0 || children > count)
            {
                throw ThriftReader.Damaged();
            }

            if (depth > 0)
            {
                open[depth - 1]--;
            }

            if (children > 0)
            {
                open[depth] = children;
                depth++;
                if (depth == MaxDepth)
                {
                    throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"its columns are nested more than {MaxDepth} deep."));
                }
            }

            while (depth > 0 && open[depth - 1] == 0)
            {
                depth--;
            }
        }

        if (depth > 0 || count == 0)
        {
            throw ThriftReader.Damaged();
        }
    }

    private static long ReadSchemaElement(ref ThriftReader reader, ThriftType element)
    {
        Expect(element, ThriftType.Struct);
        long children = 0;
        int field = 0;
        while (reader.ReadField(ref field, out ThriftType type))
        {
            if (field == 5 && type == ThriftType.Int32)
            {
                children = reader.ReadInteger();
            }
            else
            {
                reader.Skip(type);
            }
        }

        return children;
    }

    private long ReadRowGroup(ref ThriftReader reader, ThriftType element)
    {
        Expect(element, ThriftType.Struct);
        long rows = -1;
        int field = 0;
        while (reader.ReadField(ref field, out ThriftType type))
        {
            if (field == 1 && type == ThriftType.List)
            {
                int chunks = reader.ReadList(out ThriftType chunk);
                Limit(chunks, _limits.MaxColumns, "columns");
                for (int i = 0; i < chunks; i++)
                {
                    ReadChunk(ref reader, chunk);
                }
            }
            else if (field == 3 && type == ThriftType.Int64)
            {
                rows = reader.ReadInteger();
            }
            else
            {
                reader.Skip(type);
            }
        }

        return rows >= 0 ? rows : throw ThriftReader.Damaged();
    }

    private void ReadChunk(ref ThriftReader reader, ThriftType element)
    {
        Expect(element, ThriftType.Struct);
        bool hasMetadata = false;
        int field = 0;
        while (reader.ReadField(ref field, out ThriftType type))
        {
            if (field == 1)
            {
                throw new InvalidDataException("its columns are in other files.");
            }

            if (field == 3 && type == ThriftType.Struct)
            {
                ReadChunkMetadata(ref reader);
                hasMetadata = true;
            }
            else
            {
                reader.Skip(type);
            }
        }

        if (!hasMetadata)
        {
            throw ThriftReader.Damaged();
        }
    }

    private void ReadChunkMetadata(ref ThriftReader reader)
    {
        long values = -1;
        long uncompressed = -1;
        long compressed = -1;
        long dataPage = -1;
        long dictionaryPage = 0;
        int field = 0;
        while (reader.ReadField(ref field, out ThriftType type))
        {
            if (type != ThriftType.Int64)
            {
                reader.Skip(type);
                continue;
            }

            long value = reader.ReadInteger();
            (values, uncompressed, compressed, dataPage, dictionaryPage) = field switch
            {
                5 => (value, uncompressed, compressed, dataPage, dictionaryPage),
                6 => (values, value, compressed, dataPage, dictionaryPage),
                7 => (values, uncompressed, value, dataPage, dictionaryPage),
                9 => (values, uncompressed, compressed, value, dictionaryPage),
                11 => (values, uncompressed, compressed, dataPage, value),
                _ => (values, uncompressed, compressed, dataPage, dictionaryPage),
            };
        }

        // Some writers leave 0 where there is no dictionary page.
        long start = dictionaryPage > 0 && dictionaryPage < dataPage ? dictionaryPage : dataPage;
        bool fits = values >= 0 && uncompressed >= 0 && compressed >= 0 && dictionaryPage >= 0 && start >= 4 && start <= _dataEnd && compressed <= _dataEnd - start && dataPage <= start + compressed;
        if (!fits)
        {
            throw ThriftReader.Damaged();
        }

        _chunks.Add(new Chunk(start, compressed, uncompressed, values));
    }

    /// <summary>Goes from page to page of a column chunk, by their headers.</summary>
    private void CheckPages(Chunk chunk)
    {
        long at = chunk.Start;
        long end = chunk.Start + chunk.Compressed;
        long values = 0;
        byte[] buffer = new byte[PageHeaderBytes];
        while (values < chunk.Values)
        {
            if (at >= end)
            {
                throw ThriftReader.Damaged();
            }

            (PageHeader page, buffer) = ReadPageHeader(at, end, buffer);
            bool fits = page.Compressed >= 0 && page.Uncompressed >= 0 && page.Values >= 0 && page.Compressed <= end - at - page.HeaderBytes
                && page.LevelBytes <= page.Uncompressed;
            if (!fits)
            {
                throw ThriftReader.Damaged();
            }

            CheckRatio(page.Uncompressed, page.Compressed);
            values += page.IsData ? page.Values : 0;
            at += page.HeaderBytes + page.Compressed;
        }

        if (values != chunk.Values)
        {
            throw ThriftReader.Damaged();
        }
    }

    private (PageHeader Page, byte[] Buffer) ReadPageHeader(long at, long end, byte[] buffer)
    {
        while (true)
        {
            ReadOnlySpan<byte> bytes = Read(at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)));
            try
            {
                return (PageHeader.Read(bytes), buffer);
            }
            catch (InvalidDataException) when (bytes.Length == buffer.Length && bytes.Length < MaxPageHeaderBytes)
            {
                // Statistics of long texts make long headers.
                buffer = new byte[buffer.Length * 16];
            }
        }
    }

    private void CheckRatio(long decompressed, long compressed)
    {
        if (_limits.IsOutOfProportion(decompressed, compressed))
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"it grows to more than {_limits.MaxCompressionRatio} times its size when it is decompressed."));
        }
    }

    private ReadOnlySpan<byte> Read(long offset, Span<byte> buffer)
    {
        int read = 0;
        while (read < buffer.Length && RandomAccess.Read(_file, buffer[read..], offset + read) is > 0 and int count)
        {
            read += count;
        }

        return read == buffer.Length ? buffer : throw ThriftReader.Damaged();
    }

    private static void Limit(int count, int max, string what)
    {
        if (count > max)
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"it has {count} {what}; {max} are allowed."));
        }
    }

    private static void Expect(ThriftType type, ThriftType wanted)
    {
        if (type != wanted)
        {
            throw ThriftReader.Damaged();
        }
    }

    private sealed record Chunk(long Start, long Compressed, long Uncompressed, long Values);

    private sealed record PageHeader(int HeaderBytes, bool IsData, long Uncompressed, long Compressed, long Values, long LevelBytes)
    {
        public static PageHeader Read(ReadOnlySpan<byte> bytes)
        {
            var reader = new ThriftReader(bytes);
            long kind = -1;
            long uncompressed = -1;
            long compressed = -1;
            long values = -1;
            long levels = 0;
            int field = 0;
            while (reader.ReadField(ref field, out ThriftType type))
            {
                switch (field)
                {
                    case 1 when type == ThriftType.Int32:
                        kind = reader.ReadInteger();
                        break;
                    case 2 when type == ThriftType.Int32:
                        uncompressed = reader.ReadInteger();
                        break;
                    case 3 when type == ThriftType.Int32:
                        compressed = reader.ReadInteger();
                        break;
                    case 5 or 7 or 8 when type == ThriftType.Struct:
                        (values, levels) = ReadKind(ref reader, isSecondVersion: field == 8);
                        break;
                    default:
                        reader.Skip(type);
                        break;
                }
            }

            const int DataPage = 0;
            const int DictionaryPage = 2;
            const int DataPageOfSecondVersion = 3;
            if (kind is not (DataPage or DictionaryPage or DataPageOfSecondVersion))
            {
                throw ThriftReader.Damaged();
            }

            return new PageHeader(reader.Position, kind != DictionaryPage, uncompressed, compressed, values, levels);
        }

        private static (long Values, long Levels) ReadKind(ref ThriftReader reader, bool isSecondVersion)
        {
            long values = -1;
            long levels = 0;
            int field = 0;
            while (reader.ReadField(ref field, out ThriftType type))
            {
                if (type != ThriftType.Int32)
                {
                    reader.Skip(type);
                    continue;
                }

                long value = reader.ReadInteger();
                values = field == 1 ? value : values;
                if (isSecondVersion && field is 5 or 6)
                {
                    levels += value >= 0 ? value : throw ThriftReader.Damaged();
                }
            }

            return (values, levels);
        }
    }
}
