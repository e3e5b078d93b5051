using System.Text.Json;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Tests;

public class ParquetTests
{
    /// <summary>Rows whose contents need every escape, are longer than DuckDB's inline strings, and tell their number.</summary>
    private static string Rows(int count) => $$"""
        SELECT 'prompt ' || i AS prompt,
               [{'content': 'Wie geht''s "' || i || '" \ ' || chr(9) || chr(10) || chr(13) || chr(1) || ' 😀?', 'role': 'user'},
                {'content': repeat('answer ', 1 + i % 50) || i, 'role': 'assistant'}] AS messages,
               'id-' || i AS prompt_id
        FROM range({{count}}) t(i)
        """;

    [Theory]
    [InlineData("snappy")]
    [InlineData("zstd")]
    [InlineData("gzip")]
    [InlineData("uncompressed")]
    public async Task Rows_come_out_complete_and_in_order_whatever_the_codec(string codec)
    {
        const int Count = 10_000;
        using Workbench bench = new Workbench()
            .Parquet("train.parquet", Rows(Count), $", COMPRESSION {codec}, ROW_GROUP_SIZE 2048")
            .Parquet("test.parquet", Rows(3));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal([new("ControlCharacter", Count + 3L), new("TrainTestLeakage", 3L)], result.Report.FindingCounts);
        Assert.Equal(Count + 3, result.Report.Rows);
        string[] train = bench.Train;
        Assert.Equal(Count, train.Length);
        for (int i = 0; i < Count; i++)
        {
            using JsonDocument row = JsonDocument.Parse(train[i]);
            JsonElement messages = row.RootElement.GetProperty("messages");
            Assert.Equal($"prompt {i}", row.RootElement.GetProperty("prompt").GetString());
            Assert.Equal($"id-{i}", row.RootElement.GetProperty("prompt_id").GetString());
            Assert.Equal($"Wie geht's \"{i}\" \\ \t\n\r\u0001 😀?", messages[0].GetProperty("content").GetString());
            Assert.Equal("user", messages[0].GetProperty("role").GetString());
            Assert.Equal(string.Concat(Enumerable.Repeat("answer ", 1 + (i % 50))) + i, messages[1].GetProperty("content").GetString());
            Assert.Equal(2, messages.GetArrayLength());
        }
    }

    [Fact]
    public async Task A_row_is_written_with_the_properties_in_the_notebooks_order()
    {
        using Workbench bench = new Workbench()
            .Parquet("train.parquet", "SELECT 'p' AS prompt_id, [{'role': 'user', 'content': 'Q/é'}, {'role': 'assistant', 'content': 'A'}] AS messages, 'Q' AS prompt")
            .Parquet("test.parquet", "SELECT [{'role': 'user', 'content': 'Q'}, {'role': 'assistant', 'content': 'A'}] AS messages, 7::BIGINT AS prompt_id");

        await bench.PrepareAsync();

        Assert.Equal("""{"prompt":"Q","messages":[{"content":"Q/é","role":"user"},{"content":"A","role":"assistant"}],"prompt_id":"p"}""", Assert.Single(bench.Train));
        Assert.Equal("""{"messages":[{"content":"Q","role":"user"},{"content":"A","role":"assistant"}],"prompt_id":7}""", Assert.Single(bench.Test));
    }

    [Fact]
    public async Task What_the_system_says_beside_conversations_is_the_first_message_as_in_Jsonl()
    {
        const string Conversations = "[{'from': 'human', 'value': 'Q' || i}, {'from': 'gpt', 'value': 'A'}] AS conversations";
        const string Query = $"SELECT CASE i WHEN 1 THEN NULL WHEN 2 THEN '' ELSE 'Be \"' || i || '\"' END AS system, 'id' || i AS prompt_id, {Conversations} FROM range(4) t(i)";
        using Workbench parquet = new Workbench().Parquet("train.parquet", Query).Jsonl("test.jsonl", Workbench.Row("Q"));
        using Workbench jsonl = new Workbench()
            .Jsonl("train.jsonl", Enumerable.Range(0, 4).Select(i => JsonSerializer.Serialize(new
            {
                system = i switch { 1 => null, 2 => "", _ => $"Be \"{i}\"" },
                conversations = new[] { new { from = "human", value = $"Q{i}" }, new { from = "gpt", value = "A" } },
                prompt_id = $"id{i}",
            })))
            .Jsonl("test.jsonl", Workbench.Row("Q"));

        DatasetPreparationResult result = await parquet.PrepareAsync();
        await jsonl.PrepareAsync();

        Assert.Equal(jsonl.Train, parquet.Train);
        Assert.Equal("""{"messages":[{"content":"Be \"0\"","role":"system"},{"content":"Q0","role":"user"},{"content":"A","role":"assistant"}],"prompt_id":"id0"}""", parquet.Train[0]);
        Assert.DoesNotContain(result.Report.Warnings, warning => warning.Contains("left out", StringComparison.Ordinal));
        Assert.Empty(result.Report.FindingCounts);
    }

    [Fact]
    public async Task Nulls_and_blanks_are_findings_with_row_and_path()
    {
        using Workbench bench = new Workbench().Parquet("train.parquet", """
            SELECT * FROM (VALUES
                (NULL),
                ([]),
                ([NULL, {'role': 'assistant', 'content': 'A'}]),
                ([{'role': NULL, 'content': 'Q'}, {'role': 'assistant', 'content': 'A'}]),
                ([{'role': 'human', 'content': 'Q'}, {'role': 'assistant', 'content': 'A'}]),
                ([{'role': 'user', 'content': NULL}, {'role': 'assistant', 'content': 'A'}]),
                ([{'role': 'user', 'content': 'Q'}, {'role': 'assistant', 'content': '  '}]),
                ([{'role': 'assistant', 'content': 'A'}, {'role': 'user', 'content': 'Q'}]),
                ([{'role': 'user', 'content': 'Q'}]),
                ([{'role': 'user', 'content': 'Q'}, {'role': 'assistant', 'content': 'A'}])
            ) t(messages)
            """).Jsonl("test.jsonl", Workbench.Row("Q"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal(
            [
                ("MissingMessages", 1L, "$.messages"),
                ("EmptyMessages", 2L, "$.messages"),
                ("MessageNotAnObject", 3L, "$.messages[0]"),
                ("MissingRole", 4L, "$.messages[0].role"),
                ("UnknownRole", 5L, "$.messages[0].role"),
                ("MissingContent", 6L, "$.messages[0].content"),
                ("EmptyContent", 7L, "$.messages[1].content"),
                ("FirstTurnNotUserOrSystem", 8L, "$.messages[0].role"), ("LastTurnNotAssistant", 8L, "$.messages[1].role"),
                ("NoAssistantMessage", 9L, "$.messages"),
            ],
            result.Report.Findings.Select(finding => (finding.Code, finding.Row, finding.Path)));
        Assert.All(result.Report.Findings, finding => Assert.Null(finding.Column));
        Assert.Single(bench.Train);
    }

    [Fact]
    public async Task Limits_hold_for_Parquet_rows_too()
    {
        using var bench = new Workbench { Limits = new DatasetLimits { MaxRowBytes = 100_000, MaxMessages = 3 } };
        bench.Parquet("train.parquet", """
            SELECT [{'role': 'user', 'content': repeat('x', CASE WHEN i = 1 THEN 100000 ELSE 5 + i END)}, {'role': 'assistant', 'content': 'A'}]
                   || CASE WHEN i = 2 THEN [{'role': 'user', 'content': 'B'}, {'role': 'assistant', 'content': 'B'}] ELSE [] END AS messages
            FROM range(4) t(i)
            """).Jsonl("test.jsonl", Workbench.Row("Q"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal([("RowTooLong", 2L), ("TooManyMessages", 3L)], result.Report.Findings.Select(finding => (finding.Code, finding.Row)));
        Assert.Equal(2, bench.Train.Length);
    }

    [Fact]
    public async Task Big_texts_survive()
    {
        using Workbench bench = new Workbench()
            .Parquet("train.parquet", "SELECT [{'role': 'user', 'content': repeat('grüß', 400000)}, {'role': 'assistant', 'content': repeat('\"', 1000000)}] AS messages FROM range(5)")
            .Jsonl("test.jsonl", Workbench.Row("Q"));

        await bench.PrepareAsync();

        Assert.Equal(5, bench.Train.Length);
        using JsonDocument row = JsonDocument.Parse(bench.Train[4]);
        Assert.Equal(1_600_000, row.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!.Length);
        Assert.Equal(new string('"', 1_000_000), row.RootElement.GetProperty("messages")[1].GetProperty("content").GetString());
    }

    [Fact]
    public async Task The_same_conversations_are_divided_alike_in_Parquet_and_Jsonl()
    {
        const string Query = """
            SELECT [{'role': 'user', 'content': 'Question "' || i || '"' || chr(10) || '?'}, {'role': 'assistant', 'content': 'Yes, ' || i}] AS messages,
                   CASE WHEN i % 2 = 0 THEN 'id"' || i END AS prompt_id
            FROM range(500) t(i)
            """;
        using Workbench bench = new Workbench().Parquet("chat.parquet", Query);
        await bench.PrepareAsync();
        string[] fromParquet = bench.Test;
        string[] rows = [.. fromParquet, .. bench.Train];

        await bench.Clear().Jsonl("chat.jsonl", rows.Select(row => row.Replace("Question", "\\u0051uestion", StringComparison.Ordinal))).PrepareAsync();

        Assert.InRange(fromParquet.Length, 25, 80);
        Assert.Equal(fromParquet, bench.Test.Select(row => row.Replace("\\u0051", "Q", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Columns_that_nothing_reads_are_named_in_a_warning()
    {
        using Workbench bench = new Workbench()
            .Parquet("train.parquet", "SELECT 1 AS score, [{'role': 'user', 'content': 'Q', 'name': 'n'}, {'role': 'assistant', 'content': 'A', 'name': 'n'}] AS messages")
            .Jsonl("test.jsonl", Workbench.Row("Q"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal("Of 'train.parquet' these columns are left out: score, messages.name.", Assert.Single(result.Report.Warnings));
    }

    [Theory]
    [InlineData("SELECT 'hi' AS text, 1 AS label", "text VARCHAR, label INTEGER")]
    [InlineData("SELECT ['hi'] AS messages", "messages VARCHAR[]")]
    [InlineData("SELECT [{'role': 'user', 'text': 'x'}] AS messages", "text")]
    [InlineData("SELECT [{'role': 1, 'content': 'x'}] AS messages", "INTEGER")]
    [InlineData("SELECT {'role': 'user', 'content': 'x'} AS messages", "messages STRUCT")]
    [InlineData("SELECT [{'role': 'user', 'content': 'x'}] AS messages, 1 AS prompt", "prompt INTEGER")]
    [InlineData("SELECT [{'role': 'user', 'content': 'x'}] AS messages, 1.5::DOUBLE AS prompt_id", "prompt_id DOUBLE")]
    public async Task A_schema_that_is_no_chat_is_refused_naming_its_columns(string query, string found)
    {
        using Workbench bench = new Workbench().Parquet("chat.parquet", query);

        var exception = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal((OutcomeKind.Invalid, "DatasetParquetSchema"), (exception.Kind, exception.Failure.Code));
        Assert.Contains(found, exception.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("list<struct<role: string, content: string>>", exception.Failure.NextStep, StringComparison.Ordinal);
    }

    public static TheoryData<string> Damages => ["no footer", "half", "header only", "text", "zeroed pages", "wrong footer length", "garbled footer"];

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_broken_file_ends_with_a_clear_error_and_leaves_nothing_behind(string damage)
    {
        using var bench = new Workbench();
        byte[] whole = bench.ParquetBytes(Rows(5000), ", COMPRESSION zstd");
        byte[] broken = damage switch
        {
            "no footer" => whole[..^8],
            "half" => whole[..(whole.Length / 2)],
            "header only" => whole[..4],
            "text" => "this is no Parquet at all"u8.ToArray(),
            "zeroed pages" => [.. whole[..100], .. new byte[whole.Length / 2], .. whole[(100 + (whole.Length / 2))..]],
            "wrong footer length" => [.. whole[..^8], 0xFF, 0xFF, 0xFF, 0x7F, .. whole[^4..]],
            _ => [.. whole[..^200], .. Enumerable.Repeat((byte)0xEE, 150), .. whole[^50..]],
        };
        bench.Jsonl("a-train.jsonl", Workbench.Rows(10)).Bytes("b-test.parquet", broken);

        var exception = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal((OutcomeKind.Invalid, "DatasetFileNotParquet", "b-test.parquet"), (exception.Kind, exception.Failure.Code, exception.Failure.Where));
        Assert.DoesNotContain(bench.Folder, exception.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(bench.Output));
        Assert.False(Directory.Exists(bench.Output + ".tmp"));
    }

    [Fact]
    public async Task Pages_that_do_not_fit_the_memory_allowed_end_with_advice()
    {
        using Workbench bench = new Workbench { Limits = new DatasetLimits { ParquetMemoryBytes = 16_000_000 } }
            .Parquet("chat.parquet", "SELECT [{'role': 'user', 'content': repeat(i || 'x', 400000)}, {'role': 'assistant', 'content': 'A'}] AS messages FROM range(60) t(i)");

        var exception = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal((OutcomeKind.Invalid, "DatasetParquetTooLarge"), (exception.Kind, exception.Failure.Code));
        Assert.Contains("16 MB", exception.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("smaller row groups", exception.Failure.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_with_no_rows_gives_none()
    {
        using Workbench bench = new Workbench().Parquet("chat.parquet", Rows(10) + " WHERE i < 0");

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal("DatasetWithoutRows", result.Refusal?.Code);
    }

    [Fact]
    public async Task Quotes_and_wildcards_in_the_output_folders_name_do_no_harm()
    {
        using Workbench bench = new Workbench { OutputName = "it's [a] *?{b} folder" }
            .Parquet("chat.parquet", Rows(50));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Null(result.Refusal);
        Assert.Equal(50, bench.Train.Length + bench.Test.Length);
    }

    [Fact]
    public async Task A_value_that_stands_once_and_is_meant_thousands_of_times_is_refused_as_an_archive_bomb_is()
    {
        // 80 MB as JSON; in the file, a dictionary of one text.
        using var bench = new Workbench();
        byte[] content = bench.ParquetBytes("SELECT [{'role': 'user', 'content': repeat('x', 20000)}, {'role': 'assistant', 'content': 'A'}] AS messages FROM range(4000)", ", COMPRESSION uncompressed");
        Assert.InRange(content.Length, 1, 80_000_000 / 200);

        var error = await Assert.ThrowsAsync<UpstreamException>(() => bench.Bytes("bomb.parquet", content).PrepareAsync());

        Assert.Equal("DatasetFileTooLarge", error.Failure.Code);
        Assert.Contains("200 times", error.Failure.Message, StringComparison.Ordinal);
    }
}
