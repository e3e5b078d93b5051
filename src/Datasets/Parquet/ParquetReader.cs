using System.Globalization;
using FineTune.Datasets.Jsonl;
using FineTune.Datasets.Output;
using FineTune.Datasets.Rows;
using FineTune.Datasets.Text;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Parquet;

/// <summary>Reads a Parquet file through DuckDB, in row order and a chunk at a time, and writes its rows as JSON.</summary>
internal sealed class ParquetReader(DatasetLimits limits, RowPipeline pipeline, SplitSet splits, string temporaryDirectory)
{
    private const int CopyBytes = 1 << 20;

    /// <summary>Bytes of rows that are enough to be handed on.</summary>
    private const int SegmentBytes = 1 << 20;

    /// <summary>Reads and checks every row of a file and passes the valid ones on.</summary>
    /// <param name="file">The file.</param>
    /// <param name="source">Its bytes, counted and hashed on their way.</param>
    /// <param name="localPath">Where the file is, when it is on this machine.</param>
    /// <param name="warnings">Takes what a person should know.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task ReadAsync(DatasetFile file, SourceStream source, string? localPath, List<string> warnings, CancellationToken cancellationToken)
    {
        _ = Directory.CreateDirectory(temporaryDirectory);

        // A name of our own: DuckDB would take an asterisk or a bracket in the file's for a pattern.
        string path = Path.Combine(temporaryDirectory, Path.ChangeExtension(Path.GetRandomFileName(), ".parquet"));
        try
        {
            if (localPath is not null && TryLink(path, localPath))
            {
                Task hashing = Task.Run(() => CopyAsync(file, source, Stream.Null, cancellationToken), cancellationToken);
                try
                {
                    await Task.Run(() => ReadRowsAsync(file.Name, path, warnings, cancellationToken), cancellationToken);
                }
                finally
                {
                    await hashing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                await hashing;
            }
            else
            {
                await using (var copy = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0))
                {
                    await CopyAsync(file, source, copy, cancellationToken);
                }

                await Task.Run(() => ReadRowsAsync(file.Name, path, warnings, cancellationToken), cancellationToken);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static bool TryLink(string path, string target)
    {
        try
        {
            _ = File.CreateSymbolicLink(path, Path.GetFullPath(target));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Windows lets only some users make links.
            return false;
        }
    }

    private static async Task CopyAsync(DatasetFile file, SourceStream source, Stream target, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[CopyBytes];
        while (await source.ReadAsync(buffer, cancellationToken) is > 0 and int read)
        {
            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        if (source.Bytes == 0)
        {
            throw DatasetErrors.EmptyFile(file.Name);
        }
    }

    private async Task ReadRowsAsync(string fileName, string path, List<string> warnings, CancellationToken cancellationToken)
    {
        long fileBytes = ParquetFooter.Check(fileName, path, limits);
        try
        {
            using DuckDbConnection connection = Open(path, Path.Combine(temporaryDirectory, "spill"), limits);
            await using CancellationTokenRegistration interruption = cancellationToken.Register(connection.Interrupt);
            string table = $"read_parquet({DuckDbConnection.Literal(path)}, binary_as_string = true)";
            ParquetSchema schema = ParquetSchema.Read(connection, table, fileName);
            if (schema.Ignored.Count > 0)
            {
                warnings.Add($"Of '{fileName}' these columns are left out: {DatasetErrors.Names(schema.Ignored)}.");
            }

            using DuckDbResult result = connection.Query(schema.Query);
            await ReadChunksAsync(fileName, fileBytes, result, schema, cancellationToken);
        }
        catch (DllNotFoundException)
        {
            throw DatasetErrors.NoDuckDb(fileName);
        }
        catch (DuckDbException exception) when (exception.Type == DuckDbErrorType.Interrupt || cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (DuckDbException exception)
        {
            throw Explain(exception, fileName, path);
        }
    }

    /// <summary>Does three things at the same time: DuckDB decodes a chunk, rows of the one before are written as JSON and read, and those before them are taken.</summary>
    private async Task ReadChunksAsync(string fileName, long fileBytes, DuckDbResult result, ParquetSchema schema, CancellationToken cancellationToken)
    {
        var reading = new RowSegment(pipeline.CreateScanner());
        var read = new RowSegment(pipeline.CreateScanner());
        long row = 0;
        long bytes = 0;
        Task<DuckDbChunkHandle?> fetching = Task.Run(result.Next, CancellationToken.None);
        try
        {
            while (await fetching is { } chunk)
            {
                using (chunk)
                {
                    fetching = Task.Run(result.Next, CancellationToken.None);
                    int rows = (int)DuckDbNative.DataChunkGetSize(chunk);
                    for (int next = 0; next < rows;)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        (RowSegment segment, int first) = (reading, next);
                        Task<int> work = Task.Run(() => ReadRows(segment, chunk, schema, first, rows), CancellationToken.None);
                        try
                        {
                            await TakeAsync(read, row);
                            row += read.Scanner.Lines.Length;
                        }
                        finally
                        {
                            // The chunk must outlive the work.
                            next = await work;
                        }

                        // A value of a dictionary stands in the file once, however many rows say it.
                        bytes += segment.Text.Bytes.Length;
                        if (limits.IsOutOfProportion(bytes, fileBytes))
                        {
                            throw DatasetErrors.DecompressesTooFar(fileName, limits.MaxCompressionRatio);
                        }

                        (reading, read) = (read, reading);
                    }
                }
            }

            await TakeAsync(read, row);
        }
        finally
        {
            // The result must outlive the fetch that reads from it.
            await ((Task)fetching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (fetching.IsCompletedSuccessfully)
            {
                (await fetching)?.Dispose();
            }
        }
    }

    /// <summary>Takes rows that were read.</summary>
    /// <param name="segment">The rows.</param>
    /// <param name="before">Rows of the file before them.</param>
    private ValueTask TakeAsync(RowSegment segment, long before)
    {
        foreach (ref readonly ScannedLine line in segment.Scanner.Lines)
        {
            before++;
            if (line.Length == ScannedLine.TooLong)
            {
                pipeline.Unreadable(before, FindingCode.RowTooLong, string.Create(CultureInfo.InvariantCulture, $"The row is longer than {limits.MaxRowBytes} bytes as JSON."));
                continue;
            }

            ReadOnlySpan<byte> row = segment.Text.Bytes.Slice(line.Start, line.Length);
            if (line.Refusing is { } column)
            {
                pipeline.Unreadable(before, FindingCode.NotJson, column.Reason(row), row: row, path: new RowPath(column.Property));
            }
            else if (line.IsClean)
            {
                pipeline.Prefetch(in line);
                pipeline.Clean(row, before, in line);
            }
            else
            {
                pipeline.Json(row, before, new RowPlace(0, IsComposed: true));
            }
        }

        return splits.FlushIfFullAsync();
    }

    /// <summary>Reads rows of a chunk, until all are read or they are enough.</summary>
    /// <returns>The next row.</returns>
    private int ReadRows(RowSegment segment, DuckDbChunkHandle chunk, ParquetSchema schema, int start, int end)
    {
        RowText text = segment.Text;
        text.Clear();
        segment.Scanner.Clear();
        int index = start;
        for (; index < end && text.Bytes.Length < SegmentBytes; index++)
        {
            text.Next();
            TableColumn? refusing = null;
            bool isWhole = schema.Shape == ParquetShape.Text ? WriteTexts(text, chunk, schema, (ulong)index, out refusing) : WriteMessages(text, chunk, schema, (ulong)index);
            if (!isWhole || text.Row.Length > limits.MaxRowBytes)
            {
                text.Discard();
                segment.Scanner.Leave(text.Start, ScannedLine.TooLong);
            }
            else if (refusing is not null || schema.Shape != ParquetShape.Chat || !segment.Scanner.TryAdd(text.Start, text.Row))
            {
                segment.Scanner.Leave(text.Start, text.Row.Length, refusing);
            }
        }

        return index;
    }

    /// <summary>Writes a row whose messages are a list.</summary>
    /// <returns>Whether it fits.</returns>
    private bool WriteMessages(RowText text, DuckDbChunkHandle chunk, ParquetSchema schema, ulong row)
    {
        bool isChat = schema.Shape == ParquetShape.Chat;
        text.Raw("{"u8);
        if (schema.HasPrompt)
        {
            text.Raw("\"prompt\":"u8);
            Write(text, new DuckDbVector(chunk, 1), row);
            text.Raw(","u8);
        }

        text.Raw(isChat ? "\"messages\":"u8 : "\"conversations\":"u8);
        var messages = new DuckDbVector(chunk, 0);
        if (messages.IsNull(row))
        {
            text.Raw("null"u8);
        }
        else
        {
            DuckDbVector message = messages.Elements;
            DuckDbVector role = message.Field(schema.Role);
            DuckDbVector content = message.Field(schema.Content);
            (ulong offset, ulong length) = messages.List(row);
            text.Raw("["u8);
            for (ulong element = offset; element < offset + length; element++)
            {
                text.Raw(element == offset ? ""u8 : ","u8);
                if (message.IsNull(element))
                {
                    text.Raw("null"u8);
                }
                else
                {
                    text.Raw(isChat ? "{\"content\":"u8 : "{\"value\":"u8);
                    Write(text, content, element);
                    text.Raw(isChat ? ",\"role\":"u8 : ",\"from\":"u8);
                    Write(text, role, element);
                    text.Raw("}"u8);
                }

                if (text.Row.Length > limits.MaxRowBytes)
                {
                    return false;
                }
            }

            text.Raw("]"u8);
        }

        if (schema.HasPromptId)
        {
            text.Raw(",\"prompt_id\":"u8);
            Write(text, new DuckDbVector(chunk, schema.HasPrompt ? 2 : 1), row, schema.PromptIdIsNumber);
        }

        if (schema.HasSystem)
        {
            text.Raw(",\"system\":"u8);
            Write(text, new DuckDbVector(chunk, 1 + (schema.HasPrompt ? 1 : 0) + (schema.HasPromptId ? 1 : 0)), row);
        }

        text.Raw("}"u8);
        return true;
    }

    /// <summary>Writes a row whose columns are texts: some of them JSON, or questions and answers.</summary>
    /// <returns>Whether it fits; where a column does not take its text, that stands there instead.</returns>
    private bool WriteTexts(RowText text, DuckDbChunkHandle chunk, ParquetSchema schema, ulong row, out TableColumn? refusing)
    {
        refusing = null;
        for (int column = 0; column < schema.TextColumns.Count && text.Row.Length <= limits.MaxRowBytes; column++)
        {
            var vector = new DuckDbVector(chunk, column);
            TableColumn known = schema.TextColumns[column];
            ReadOnlySpan<byte> value = vector.IsNull(row) ? [] : vector.Text(row);
            if (value.IsEmpty && !known.IsNeeded)
            {
                continue;
            }

            if (value.Length <= limits.MaxRowBytes && !known.Takes(value, limits.MaxDepth))
            {
                refusing = known;
                text.Discard();
                text.Raw(value);
                return true;
            }

            text.Field(known, value);
        }

        return text.EndFields().Length <= limits.MaxRowBytes;
    }

    private static void Write(RowText text, DuckDbVector column, ulong row, bool isNumber = false)
    {
        if (column.IsNull(row))
        {
            text.Raw("null"u8);
        }
        else if (isNumber)
        {
            text.Raw(column.Text(row));
        }
        else
        {
            text.String(column.Text(row));
        }
    }

    /// <summary>A database that can read one file, write to a folder of its own, and do nothing else.</summary>
    internal static DuckDbConnection Open(string file, string spillDirectory, DatasetLimits limits)
    {
        var connection = new DuckDbConnection(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["threads"] = limits.ParquetThreads.ToString(CultureInfo.InvariantCulture),
            ["memory_limit"] = string.Create(CultureInfo.InvariantCulture, $"{limits.ParquetMemoryBytes / 1_000_000}MB"),
            ["temp_directory"] = spillDirectory,

            // Pages of 100 MB, as DuckDB itself writes them, would otherwise be kept for reuse, one beside the other.
            ["allocator_bulk_deallocation_flush_threshold"] = "64MB",
            ["autoinstall_known_extensions"] = "false",
            ["autoload_known_extensions"] = "false",
        });
        try
        {
            connection.Execute($"SET allowed_paths = [{DuckDbConnection.Literal(file)}]");
            connection.Execute("SET enable_external_access = false");
            connection.Execute("SET lock_configuration = true");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Says what DuckDB found wrong, without its own text where that quotes values of the file.</summary>
    private UpstreamException Explain(DuckDbException exception, string fileName, string copy)
    {
        if (exception.Type == DuckDbErrorType.OutOfMemory)
        {
            return DatasetErrors.ParquetTooLarge(fileName, limits.ParquetMemoryBytes);
        }

        if (exception.Message.Contains("UTF8", StringComparison.OrdinalIgnoreCase) || exception.Message.Contains("Invalid string encoding", StringComparison.OrdinalIgnoreCase))
        {
            return DatasetErrors.NotParquet(fileName, "a text in it is not UTF-8.");
        }

        string firstLine = exception.Message.AsSpan().TrimEnd().ToString().Split('\n')[0].Replace(copy, fileName, StringComparison.Ordinal);
        return DatasetErrors.NotParquet(fileName, $"DuckDB says: {firstLine}");
    }

    /// <summary>Rows that are read together.</summary>
    private sealed class RowSegment(LineScanner scanner)
    {
        public RowText Text { get; } = new();

        public LineScanner Scanner => scanner;
    }
}
