using System.Runtime.InteropServices;
using System.Text;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Parquet;

/// <summary>Which columns of a Parquet file are read, and how.</summary>
internal sealed record ParquetSchema
{
    private const string MessagesTypeWanted = "list<struct<role: string, content: string>>";

    /// <summary>The query for the columns messages, prompt, prompt_id and system (each of these if there is one), in this order.</summary>
    public required string Query { get; init; }

    public required bool HasPrompt { get; init; }

    public required bool HasPromptId { get; init; }

    /// <summary>Whether what the system says has a column of its own, as ShareGPT's has.</summary>
    public required bool HasSystem { get; init; }

    /// <summary>Whether prompt_id is a whole number: it is written without quotes.</summary>
    public required bool PromptIdIsNumber { get; init; }

    /// <summary>Index of the field role in a message.</summary>
    public required int Role { get; init; }

    /// <summary>Index of the field content in a message.</summary>
    public required int Content { get; init; }

    /// <summary>What the columns are.</summary>
    public required ParquetShape Shape { get; init; }

    /// <summary>The query's columns, where they are texts.</summary>
    public IReadOnlyList<TableColumn> TextColumns { get; init; } = [];

    /// <summary>Columns, and fields of messages, that nothing reads.</summary>
    public required IReadOnlyList<string> Ignored { get; init; }

    /// <summary>Reads a file's schema.</summary>
    /// <exception cref="UpstreamException">Invalid: it has no messages, or a column has a type that can't be used.</exception>
    /// <exception cref="DuckDbException">The file can't be read.</exception>
    public static ParquetSchema Read(DuckDbConnection connection, string table, string fileName)
    {
        List<(string Name, string Type)> columns = Describe(connection, table);
        string found = DatasetErrors.Names([.. columns.Select(column => $"{column.Name} {column.Type}")]);
        string[] names = [.. columns.Select(column => column.Name)];
        if (!TableColumn.MakeConversation(names))
        {
            throw DatasetErrors.ParquetSchema(fileName, "has no column messages.", found);
        }

        string list = names.Contains("messages") ? "messages" : "conversations";
        if (!names.Contains(list) || columns.Exists(column => column.Name == list && column.Type is "VARCHAR" or "JSON"))
        {
            return ReadTexts(columns, table, fileName, found);
        }

        bool hasPrompt = columns.Exists(column => column.Name == "prompt");
        bool hasPromptId = columns.Exists(column => column.Name == "prompt_id");
        var ignored = columns.Select(column => column.Name).Where(name => name != list && name is not ("prompt" or "prompt_id")).ToList();
        (int role, int content, bool isShareGpt) = MessageFields(connection, list, table, fileName, found, ignored);
        if (hasPrompt && TypeOf(connection, "prompt", table) is not (DuckDbType.Varchar or DuckDbType.SqlNull))
        {
            throw DatasetErrors.ParquetSchema(fileName, "has a column prompt that is no text.", found);
        }

        DuckDbType promptId = hasPromptId ? TypeOf(connection, "prompt_id", table) : DuckDbType.SqlNull;
        bool isNumber = promptId is >= DuckDbType.TinyInt and <= DuckDbType.UBigInt;
        if (!isNumber && promptId is not (DuckDbType.Varchar or DuckDbType.Uuid or DuckDbType.SqlNull))
        {
            throw DatasetErrors.ParquetSchema(fileName, "has a column prompt_id that is neither text nor a whole number.", found);
        }

        bool hasSystem = isShareGpt && columns.Exists(column => column is ("system", "VARCHAR" or "JSON"));
        _ = hasSystem && ignored.Remove("system");
        var query = new StringBuilder("SELECT ").Append(list);
        _ = hasPrompt ? query.Append(", prompt::VARCHAR") : query;
        _ = hasPromptId ? query.Append(", prompt_id::VARCHAR") : query;
        _ = hasSystem ? query.Append(", system::VARCHAR") : query;
        return new ParquetSchema
        {
            Query = query.Append(" FROM ").Append(table).ToString(),
            Shape = isShareGpt ? ParquetShape.ShareGpt : ParquetShape.Chat,
            HasPrompt = hasPrompt,
            HasPromptId = hasPromptId,
            HasSystem = hasSystem,
            PromptIdIsNumber = isNumber,
            Role = role,
            Content = content,
            Ignored = ignored,
        };
    }

    private static ParquetSchema ReadTexts(List<(string Name, string Type)> columns, string table, string fileName, string found)
    {
        string[] names = [.. columns.Select(column => column.Name)];
        var known = columns.Where(column => TableColumn.Of(column.Name, names) is not null).ToList();
        if (known.Exists(column => column.Type is not ("VARCHAR" or "JSON") && column.Name != "prompt_id"))
        {
            throw DatasetErrors.ParquetSchema(fileName, $"has columns that are neither text nor {MessagesTypeWanted}.", found);
        }

        return new ParquetSchema
        {
            Query = $"SELECT {string.Join(", ", known.Select(column => $"{column.Name}::VARCHAR"))} FROM {table}",
            Shape = ParquetShape.Text,
            TextColumns = [.. known.Select(column => TableColumn.Of(column.Name, names)!)],
            HasPrompt = false,
            HasPromptId = false,
            HasSystem = false,
            PromptIdIsNumber = false,
            Role = -1,
            Content = -1,
            Ignored = [.. columns.Except(known).Select(column => column.Name)],
        };
    }

    private static List<(string Name, string Type)> Describe(DuckDbConnection connection, string table)
    {
        var columns = new List<(string, string)>();
        using DuckDbResult result = connection.Query($"DESCRIBE SELECT * FROM {table}");
        while (result.Next() is { } chunk)
        {
            using (chunk)
            {
                var names = new DuckDbVector(chunk, 0);
                var types = new DuckDbVector(chunk, 1);
                for (ulong row = 0; row < DuckDbNative.DataChunkGetSize(chunk); row++)
                {
                    columns.Add((Encoding.UTF8.GetString(names.Text(row)), Encoding.UTF8.GetString(types.Text(row))));
                }
            }
        }

        return columns;
    }

    private static (int Role, int Content, bool IsShareGpt) MessageFields(
        DuckDbConnection connection, string list, string table, string fileName, string found, List<string> ignored)
    {
        int role = -1;
        int content = -1;
        bool isShareGpt = false;
        using DuckDbResult result = connection.Query($"SELECT {list} FROM {table} LIMIT 0");
        using DuckDbTypeHandle type = result.ColumnType(0);
        if (DuckDbNative.GetTypeId(type) == DuckDbType.List)
        {
            using DuckDbTypeHandle message = DuckDbNative.ListTypeChildType(type);
            ulong fields = DuckDbNative.GetTypeId(message) == DuckDbType.Struct ? DuckDbNative.StructTypeChildCount(message) : 0;
            for (ulong field = 0; field < fields; field++)
            {
                string name = FieldName(message, field);
                using DuckDbTypeHandle fieldType = DuckDbNative.StructTypeChildType(message, field);
                bool isText = DuckDbNative.GetTypeId(fieldType) == DuckDbType.Varchar;
                switch (name)
                {
                    case "from" when isText && role < 0:
                        (role, isShareGpt) = ((int)field, true);
                        break;
                    case "value" when isText && content < 0:
                        content = (int)field;
                        break;
                    case "role" when isText:
                        (role, isShareGpt) = ((int)field, false);
                        break;
                    case "content" when isText:
                        content = (int)field;
                        break;
                    default:
                        ignored.Add($"{list}.{name}");
                        break;
                }
            }
        }

        return role >= 0 && content >= 0
            ? (role, content, isShareGpt)
            : throw DatasetErrors.ParquetSchema(fileName, $"has a column {list} that is no {MessagesTypeWanted}.", found);
    }

    private static unsafe string FieldName(DuckDbTypeHandle type, ulong field)
    {
        byte* name = DuckDbNative.StructTypeChildName(type, field);
        string text = DuckDbNative.Text(name);
        DuckDbNative.Free((nint)name);
        return text;
    }

    private static DuckDbType TypeOf(DuckDbConnection connection, string column, string table)
    {
        using DuckDbResult result = connection.Query($"SELECT {column} FROM {table} LIMIT 0");
        using DuckDbTypeHandle type = result.ColumnType(0);
        return DuckDbNative.GetTypeId(type);
    }
}
