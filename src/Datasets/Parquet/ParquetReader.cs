using System.Globalization;
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

    /// <summary>Bytes of rows between two looks at whether a split's buffer is to be written.</summary>
    private const long FlushAfterBytes = 1 << 20;

    private readonly RowText _text = new();

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
        ParquetFooter.Check(fileName, path, limits);
        try
        {
            using DuckDbConnection connection = Open(path, Path.Combine(temporaryDirectory, "spill"), limits);
            await using CancellationTokenRegistration interruption = cancellationToken.Register(connection.Interrupt);
            string table = $"read_parquet({DuckDbConnection.Literal(path)}, binary_as_string = true)";
            ParquetSchema schema = ParquetSchema.Read(connection, table, fileName);
            if (schema.Ignored.Count > 0)
            {
                warnings.Add($"Of '{fileName}' these columns are left out: {string.Join(", ", schema.Ignored)}.");
            }

            using DuckDbResult result = connection.Query(schema.Query);
            await ReadChunksAsync(result, schema, cancellationToken);
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

    /// <summary>Checks a chunk while DuckDB decodes the next one.</summary>
    private async Task ReadChunksAsync(DuckDbResult result, ParquetSchema schema, CancellationToken cancellationToken)
    {
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
                        next = schema.Shape == ParquetShape.Text ? ReadTextRows(chunk, schema, next, rows, firstRow) : ReadRows(chunk, schema, next, rows, firstRow);
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

    /// <summary>Reads rows of a chunk, until all are read or enough for a write.</summary>
    /// <returns>The next row.</returns>
    private int ReadRows(DuckDbChunkHandle chunk, ParquetSchema schema, int start, int end, long firstRow)
    {
        var messages = new DuckDbVector(chunk, 0);
        DuckDbVector message = messages.Elements;
        DuckDbVector role = message.Field(schema.Role);
        DuckDbVector content = message.Field(schema.Content);
        DuckDbVector prompt = schema.HasPrompt ? new DuckDbVector(chunk, 1) : default;
        DuckDbVector promptId = schema.HasPromptId ? new DuckDbVector(chunk, schema.HasPrompt ? 2 : 1) : default;
        Conversation conversation = pipeline.Conversation;
        long bytes = 0;
        int index = start;
        for (; index < end && bytes < FlushAfterBytes; index++)
        {
            ulong row = (ulong)index;
            pipeline.Begin(firstRow + index);
            conversation.Begin(0);
            conversation.Shape = pipeline.Rules.Shape = schema.Shape == ParquetShape.ShareGpt ? RowShape.ShareGpt : RowShape.Chat;
            _text.Clear();
            _text.Raw("{"u8);
            if (schema.HasPrompt)
            {
                _text.Raw("\"prompt\":"u8);
                conversation.Prompt = WriteText(prompt, row, isNumber: false);
                _text.Raw(","u8);
            }

            RowFacts facts = ReadMessages(messages, role, content, message, row, schema);
            if (schema.HasPromptId)
            {
                _text.Raw(",\"prompt_id\":"u8);
                conversation.PromptIdJson = WriteText(promptId, row, schema.PromptIdIsNumber);
                if (!promptId.IsNull(row))
                {
                    conversation.Append(promptId.Text(row));
                    conversation.SetPromptId(promptId.Text(row).Length);
                }
            }

            _text.Raw("}"u8);
            _ = CheckLength();
            bytes += _text.Bytes.Length;
            pipeline.Complete(_text.Bytes, in facts);
        }

        return index;
    }

    private RowFacts ReadMessages(DuckDbVector messages, DuckDbVector role, DuckDbVector content, DuckDbVector message, ulong row, ParquetSchema schema)
    {
        RowRules rules = pipeline.Rules;
        _text.Raw("\"messages\":["u8);
        if (messages.IsNull(row))
        {
            rules.MissingMessages("messages is null.");
            _text.Raw("]"u8);
            return default;
        }

        (ulong offset, ulong length) = messages.List(row);
        for (ulong element = offset; element < offset + length && rules.NextMessage(column: 0) && CheckLength(); element++)
        {
            int index = (int)(element - offset);
            if (message.IsNull(element))
            {
                rules.MessageNotAnObject(index, "null", column: 0);
                continue;
            }

            ref Turn turn = ref pipeline.Conversation.Add();
            turn.Index = index;
            if (role.IsNull(element))
            {
                rules.MissingRole(index, column: 0);
            }
            else
            {
                ReadRole(role.Text(element), ref turn, schema);
            }

            if (content.IsNull(element))
            {
                rules.MissingContent(index, column: 0);
                continue;
            }

            ReadOnlySpan<byte> text = content.Text(element);
            turn.HasText = true;
            turn.Length = text.Length;
            pipeline.Conversation.Append(text);
            _text.Message(turn.Role, text, index == 0);
        }

        _text.Raw("]"u8);
        if (length == 0)
        {
            rules.Fail(FindingCode.EmptyMessages, "messages is empty.", path: rules.Messages);
        }

        return rules.Check(pipeline.Conversation, pipeline.IsTrainedOn);
    }

    private void ReadRole(ReadOnlySpan<byte> role, ref Turn turn, ParquetSchema schema)
    {
        (turn.Role, turn.Meant) = RoleNames.Read(role, schema.Shape == ParquetShape.ShareGpt);
        if (turn.Role == ChatRole.Unknown)
        {
            pipeline.Rules.UnknownRole(turn.Index, "this is another text", column: 0);
        }
    }

    /// <summary>Reads rows whose columns are texts: some of them JSON, or questions and answers.</summary>
    private int ReadTextRows(DuckDbChunkHandle chunk, ParquetSchema schema, int start, int end, long firstRow)
    {
        long bytes = 0;
        int index = start;
        for (; index < end && bytes < FlushAfterBytes; index++)
        {
            _text.Clear();
            for (int column = 0; column < schema.TextColumns.Count; column++)
            {
                var vector = new DuckDbVector(chunk, column);
                if (!vector.IsNull((ulong)index))
                {
                    _text.Field(schema.TextColumns[column], vector.Text((ulong)index));
                }
            }

            ReadOnlySpan<byte> row = _text.EndFields();
            bytes += row.Length;
            if (row.Length > limits.MaxRowBytes)
            {
                pipeline.Unreadable(firstRow + index, FindingCode.RowTooLong, TooLong());
            }
            else
            {
                pipeline.Json(row, firstRow + index, new RowPlace(0, IsComposed: true));
            }
        }

        return index;
    }

    private (int Start, int Length) WriteText(DuckDbVector column, ulong row, bool isNumber)
    {
        int start = _text.Bytes.Length;
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

        return (start, _text.Bytes.Length - start);
    }

    private bool CheckLength()
    {
        if (_text.Bytes.Length <= limits.MaxRowBytes)
        {
            return true;
        }

        pipeline.Rules.FailAltogether(FindingCode.RowTooLong, TooLong());
        return false;
    }

    private string TooLong() => string.Create(CultureInfo.InvariantCulture, $"The row is longer than {limits.MaxRowBytes} bytes as JSON.");

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
}
