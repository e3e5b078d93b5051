using System.Globalization;
using FineTune.Datasets.Output;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Parquet;

/// <summary>Reads a Parquet file through DuckDB, in row order and a chunk at a time, and writes its rows as JSON.</summary>
internal sealed class ParquetReader(
    DatasetLimits limits, RowRules rules, RowHasher hasher, SplitSet splits, ReadProgress progress, string temporaryDirectory)
{
    private const int CopyBytes = 1 << 20;

    /// <summary>Bytes of rows between two looks at whether a split's buffer is to be written.</summary>
    private const long FlushAfterBytes = 1 << 20;

    private readonly RowText _text = new();

    /// <summary>Reads and checks every row of a file and passes the valid ones on.</summary>
    /// <returns>Bytes read.</returns>
    public async Task<long> ReadAsync(DatasetFile file, SplitKind? split, Stream stream, List<string> warnings, CancellationToken cancellationToken)
    {
        DeleteTemporaryDirectory();
        _ = Directory.CreateDirectory(temporaryDirectory);
        try
        {
            string copy = Path.Combine(temporaryDirectory, "source.parquet");
            long bytes = await CopyAsync(file, stream, copy, cancellationToken);
            progress.EndFile(bytes);
            await Task.Run(() => ReadRowsAsync(file.Name, split, copy, warnings, cancellationToken), cancellationToken);
            return bytes;
        }
        finally
        {
            DeleteTemporaryDirectory();
        }
    }

    private async Task<long> CopyAsync(DatasetFile file, Stream stream, string copy, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[CopyBytes];
        byte[] magic = new byte[4];
        long bytes = 0;
        await using var target = new FileStream(copy, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and int read)
        {
            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            bytes += read;
            progress.Report(bytes);
        }

        if (bytes == 0)
        {
            throw DatasetErrors.EmptyFile(file.Name);
        }

        // The mark stands at both ends; where the second one is missing the upload was cut off.
        for (int end = 0; end < 2; end++)
        {
            target.Position = end == 0 ? 0 : Math.Max(0, bytes - magic.Length);
            int read = await target.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, cancellationToken);
            if (read < magic.Length || !magic.AsSpan().SequenceEqual("PAR1"u8))
            {
                throw DatasetErrors.NotParquet(file.Name, end == 0 ? "it does not begin with Parquet's mark PAR1." : "its end is missing (Parquet's mark PAR1 is not there).");
            }
        }

        return bytes;
    }

    private async Task ReadRowsAsync(string fileName, SplitKind? split, string copy, List<string> warnings, CancellationToken cancellationToken)
    {
        try
        {
            using DuckDbConnection connection = Open(copy, Path.Combine(temporaryDirectory, "spill"), limits);
            await using CancellationTokenRegistration interruption = cancellationToken.Register(connection.Interrupt);
            string table = $"read_parquet({DuckDbConnection.Literal(copy)}, binary_as_string = true)";
            ParquetSchema schema = ParquetSchema.Read(connection, table, fileName);
            if (schema.Ignored.Count > 0)
            {
                warnings.Add($"Of '{fileName}' these columns are left out: {string.Join(", ", schema.Ignored)}.");
            }

            using DuckDbResult result = connection.Query(schema.Query);
            await ReadChunksAsync(result, schema, fileName, split, cancellationToken);
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
            throw Explain(exception, fileName, copy);
        }
    }

    /// <summary>Checks a chunk while DuckDB decodes the next one.</summary>
    private async Task ReadChunksAsync(DuckDbResult result, ParquetSchema schema, string fileName, SplitKind? split, CancellationToken cancellationToken)
    {
        bool hash = splits.NeedsHash(split);
        long row = 0;
        Task<DuckDbChunkHandle?> fetching = Task.Run(result.Next, CancellationToken.None);
        try
        {
            while (await fetching is { } chunk)
            {
                using (chunk)
                {
                    fetching = Task.Run(result.Next, CancellationToken.None);
                    long firstRow = row + 1;
                    int rows = (int)DuckDbNative.DataChunkGetSize(chunk);
                    row += rows;
                    for (int next = 0; next < rows;)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        next = ReadRows(chunk, schema, fileName, split, next, rows, firstRow, hash);
                        await splits.FlushIfFullAsync();
                    }
                }
            }
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

    /// <summary>Reads rows of a chunk until about <see cref="FlushAfterBytes"/> have been written.</summary>
    /// <returns>The index in the chunk of the row to go on with.</returns>
    private int ReadRows(DuckDbChunkHandle chunk, ParquetSchema schema, string fileName, SplitKind? split, int start, int end, long firstRow, bool hash)
    {
        var messages = new DuckDbVector(chunk, 0);
        DuckDbVector message = messages.Elements;
        DuckDbVector role = message.Field(schema.Role);
        DuckDbVector content = message.Field(schema.Content);
        DuckDbVector prompt = schema.HasPrompt ? new DuckDbVector(chunk, 1) : default;
        DuckDbVector promptId = schema.HasPromptId ? new DuckDbVector(chunk, schema.HasPrompt ? 2 : 1) : default;
        long bytes = 0;
        int index = start;
        for (; index < end && bytes < FlushAfterBytes; index++)
        {
            ulong row = (ulong)index;
            rules.Begin(fileName, firstRow + index, split);
            _text.Clear();
            _text.Raw("{"u8);
            bool hasPromptId = schema.HasPromptId && !promptId.IsNull(row) && !promptId.Text(row).IsEmpty;
            if (schema.HasPrompt)
            {
                _text.Raw("\"prompt\":"u8);
                WriteText(prompt, row, isNumber: false);
                _text.Raw(","u8);
            }

            hasher.BeginMessages();
            ReadMessages(messages, role, content, message, row, hash && !hasPromptId);
            if (schema.HasPromptId)
            {
                _text.Raw(",\"prompt_id\":"u8);
                WriteText(promptId, row, schema.PromptIdIsNumber);
            }

            _text.Raw("}"u8);
            CheckLength();
            bytes += _text.Bytes.Length;
            if (rules.End())
            {
                RowHash rowHash = !hash ? default : hasPromptId ? hasher.PromptId(promptId.Text(row)) : hasher.End();
                splits.Write(split, _text.Bytes, rowHash);
            }
        }

        return index;
    }

    private void ReadMessages(DuckDbVector messages, DuckDbVector role, DuckDbVector content, DuckDbVector message, ulong row, bool hash)
    {
        _text.Raw("\"messages\":["u8);
        if (messages.IsNull(row))
        {
            rules.MissingMessages("messages is null.");
            _text.Raw("]"u8);
            return;
        }

        (ulong offset, ulong length) = messages.List(row);
        for (ulong element = offset; element < offset + length && rules.NextMessage(column: 0) && CheckLength(); element++)
        {
            int index = (int)(element - offset);
            if (index > 0)
            {
                _text.Raw(","u8);
            }

            if (message.IsNull(element))
            {
                rules.MessageNotAnObject(index, "null", column: 0);
                continue;
            }

            ChatRole known = ChatRole.Unknown;
            if (role.IsNull(element))
            {
                rules.MissingRole(index, column: 0);
            }
            else
            {
                known = rules.Role(role.Text(element), index, column: 0);
            }

            if (known != ChatRole.Unknown)
            {
                rules.Turn(known, index, column: 0);
            }

            if (content.IsNull(element))
            {
                rules.MissingContent(index, column: 0);
                continue;
            }

            ReadOnlySpan<byte> text = content.Text(element);
            if (text.IndexOfAnyExcept(" \t\r\n"u8) < 0)
            {
                rules.EmptyContent(index, column: 0);
            }

            if (hash)
            {
                hasher.Message(known, text);
            }

            _text.Raw("{\"content\":"u8);
            _text.String(text);
            _text.Raw(known switch
            {
                ChatRole.User => ",\"role\":\"user\"}"u8,
                ChatRole.Assistant => ",\"role\":\"assistant\"}"u8,
                _ => ",\"role\":\"system\"}"u8,
            });
        }

        rules.EndMessages(column: 0);
        _text.Raw("]"u8);
    }

    private void WriteText(DuckDbVector column, ulong row, bool isNumber)
    {
        if (column.IsNull(row))
        {
            _text.Raw("null"u8);
        }
        else if (isNumber)
        {
            _text.Raw(column.Text(row));
        }
        else
        {
            _text.String(column.Text(row));
        }
    }

    private bool CheckLength()
    {
        if (_text.Bytes.Length <= limits.MaxRowBytes)
        {
            return true;
        }

        rules.FailAltogether(FindingCode.RowTooLong, string.Create(CultureInfo.InvariantCulture, $"The row is longer than {limits.MaxRowBytes} bytes as JSON."));
        return false;
    }

    /// <summary>A database that can read one file, write to a folder of its own, and do nothing else.</summary>
    internal static DuckDbConnection Open(string file, string spillDirectory, DatasetLimits limits)
    {
        var connection = new DuckDbConnection(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["threads"] = limits.ParquetThreads.ToString(CultureInfo.InvariantCulture),
            ["memory_limit"] = string.Create(CultureInfo.InvariantCulture, $"{limits.ParquetMemoryBytes / 1_000_000}MB"),
            ["temp_directory"] = spillDirectory,
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

    private void DeleteTemporaryDirectory()
    {
        if (Directory.Exists(temporaryDirectory))
        {
            Directory.Delete(temporaryDirectory, recursive: true);
        }
    }
}
