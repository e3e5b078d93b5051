using System.Globalization;
using System.IO.Compression;
using System.Text;
using FineTune.Datasets.Parquet;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Tests;

/// <summary>The same rows in every format give the same splits.</summary>
public class FormatTests
{
    private static readonly string[] Rows = [.. Enumerable.Range(0, 300).Select(i =>
        $$"""{"prompt":"Q{{i.ToString(CultureInfo.InvariantCulture)}}","messages":[{"content":"What is \"{{i.ToString(CultureInfo.InvariantCulture)}}\",\nplease?","role":"user"},{"content":"It's; a {number}, [é] 😀","role":"assistant"}],"prompt_id":"id-{{i.ToString(CultureInfo.InvariantCulture)}}"}""")];

    public static TheoryData<string> Names => ["chat.jsonl", "chat.ndjson", "chat.json", "chat.csv", "chat.tsv", "chat.jsonl.gz", "chat.json.gz", "chat.csv.gz", "chat.jsonl.zst", "chat.csv.zst"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Rows_are_the_same_whatever_the_format(string name)
    {
        using var bench = new Workbench();
        byte[] content = Content(name);
        bench.Stream(name, content.Length, () => new ChunkedStream(content, 777));

        DatasetPreparationResult result = await bench.PrepareAsync(Workbench.All with { TestPercent = 20 });

        Assert.Empty(result.Report.Findings);
        Assert.Empty(result.Report.Warnings);
        (string[] train, string[] test) = (bench.Train, bench.Test);
        await bench.Clear().Jsonl("chat.jsonl", Rows).PrepareAsync(Workbench.All with { TestPercent = 20 });
        Assert.Equal(bench.Train, train);
        Assert.Equal(bench.Test, test);
        Assert.Equal(Rows, train.Concat(test).OrderBy(row => Array.IndexOf(Rows, row)));
    }

    private static byte[] Content(string name)
    {
        byte[] plain = Encoding.UTF8.GetBytes(name.Split('.')[1] switch
        {
            "json" => "\n[ " + string.Join(" ,\n ", Rows) + "]\n",
            "csv" => Table(',', "\r\n"),
            "tsv" => Table('\t', "\n"),
            _ => string.Join('\n', Rows),
        });
        if (name.EndsWith(".zst", StringComparison.Ordinal))
        {
            return Zstandard(plain);
        }

        if (!name.EndsWith(".gz", StringComparison.Ordinal))
        {
            return plain;
        }

        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
        {
            gzip.Write(plain);
        }

        return compressed.ToArray();
    }

    private static string Table(char delimiter, string end)
    {
        var table = new StringBuilder("prompt_id").Append(delimiter).Append("messages").Append(delimiter).Append("prompt").Append(end);
        foreach (string row in Rows)
        {
            string messages = row[row.IndexOf('[', StringComparison.Ordinal)..(row.LastIndexOf(']') + 1)];
            string prompt = row[11..row.IndexOf('"', 11)];
            table.Append(CultureInfo.InvariantCulture, $"id-{prompt[1..]}{delimiter}\"{messages.Replace("\"", "\"\"", StringComparison.Ordinal)}\"{delimiter}{prompt}{end}");
        }

        return table.ToString();
    }

    /// <summary>Compresses with DuckDB, which has a compressor: one line of text a row.</summary>
    internal static byte[] Zstandard(byte[] text)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("finetune zstd ");
        try
        {
            string source = Path.Combine(folder.FullName, "plain");
            string target = Path.Combine(folder.FullName, "compressed");
            File.WriteAllBytes(source, text);
            using var connection = new DuckDbConnection([]);
            connection.Execute($"COPY (SELECT unnest(string_split(rtrim(content, chr(10)), chr(10))) FROM read_text({DuckDbConnection.Literal(source)})) TO {DuckDbConnection.Literal(target)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01', COMPRESSION zstd)");
            return File.ReadAllBytes(target);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 3_000_000)]
    [InlineData(3, 700_000)]
    public async Task Zstandard_gives_back_what_was_compressed(int seed, int length)
    {
        // Text that repeats itself near and far, with stretches of noise: every kind of block.
        var random = new Random(seed);
        var text = new StringBuilder(length);
        while (text.Length < length)
        {
            int what = random.Next(10);
            if (what < 5 && text.Length > 100)
            {
                int from = random.Next(text.Length - 50);
                text.Append(text.ToString(from, Math.Min(random.Next(3, 2000), text.Length - from)));
            }
            else if (what < 6)
            {
                text.Append((char)('a' + random.Next(26)), random.Next(1, 5000));
            }
            else
            {
                for (int i = random.Next(3000); i > 0; i--)
                {
                    text.Append((char)('!' + random.Next(what < 8 ? 90 : 12)));
                }

                text.Append('\n');
            }
        }

        byte[] plain = Encoding.ASCII.GetBytes(text.Append('\n').ToString());
        using var decompressed = new MemoryStream();
        await using (var stream = new Datasets.Text.ZstandardStream(new MemoryStream(Zstandard(plain))))
        {
            await stream.CopyToAsync(decompressed);
        }

        Assert.Equal(Encoding.ASCII.GetString(plain).TrimEnd('\n'), Encoding.ASCII.GetString(decompressed.ToArray()).TrimEnd('\n'));
    }

    [Fact]
    public async Task ShareGpt_rows_are_mapped_and_the_report_says_so()
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl",
            """{"id":"x","system":"Be brief.","conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello"}]}""",
            """{"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":""}]}""",
            """{"conversations":[{"from":"human","value":"Hi"},{"from":"robot","value":"x"}]}""").Jsonl("test.jsonl", Workbench.Row("Q"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal("""{"messages":[{"content":"Be brief.","role":"system"},{"content":"Hi","role":"user"},{"content":"Hello","role":"assistant"}]}""", Assert.Single(bench.Train));
        Assert.Equal([("EmptyContent", "$.conversations[1].value"), ("UnknownRole", "$.conversations[1].from")], result.Report.Findings.Select(finding => (finding.Code, finding.Path)));
        Assert.Equal(1, result.Report.Files[0].Shapes!["ShareGpt"]);
        Assert.Contains("Of 'train.jsonl' these were mapped to messages of role and content: 1 row of ShareGPT (conversations, from, value).", result.Report.Warnings);
    }

    [Fact]
    public async Task A_system_property_begins_the_conversation_of_a_ShareGpt_row()
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl",
            """{"system":"Greet.","conversations":[{"from":"gpt","value":"Hi"},{"from":"human","value":"Hey"},{"from":"gpt","value":"Hello"}]}""",
            """{"system":"","conversations":[{"from":"gpt","value":"Hi"},{"from":"human","value":"Hey"},{"from":"gpt","value":"Bye"}]}""").Jsonl("test.jsonl", Workbench.Row("Q"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Contains("Greet.", Assert.Single(bench.Train), StringComparison.Ordinal);
        DatasetFinding finding = Assert.Single(result.Report.Findings);
        Assert.Equal(("FirstTurnNotUserOrSystem", 2L, "$.conversations[0].from"), (finding.Code, finding.Row, finding.Path));
    }

    [Theory]
    [InlineData("""{"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"A"}],"system":SYSTEM}""")]
    [InlineData("""{"instruction":"Q","output":"A","system":SYSTEM}""")]
    [InlineData("""{"prompt":"Q","completion":"A","system":SYSTEM}""")]
    public async Task What_is_wrong_with_a_system_property_is_reported_at_it(string row)
    {
        string[] values = ["5", "[]", "\" \"", "\"a\\u0000\"", "\"a<|im_end|>\"", "\"a \"", "\"\"", "null"];
        using Workbench bench = new Workbench()
            .Jsonl("train.jsonl", values.Select(value => row.Replace("SYSTEM", value, StringComparison.Ordinal))).Jsonl("test.jsonl", Workbench.Row("other"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal(
            ["ContentNotAString", "ContentNotAString", "EmptyContent", "ControlCharacter", "SpecialToken", "UntrimmedContent", "ExactDuplicate"],
            result.Report.Findings.Select(finding => finding.Code));
        Assert.All(result.Report.Findings.SkipLast(1), finding => Assert.Equal("$.system", finding.Path));
    }

    [Theory]
    [InlineData("""{"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"A"}],"input":1,"output":2,"completion":3}""", "input, output, completion")]
    [InlineData("""{"instruction":"Q","output":"A","completion":"B"}""", "completion")]
    [InlineData("""{"prompt":"Q","completion":"A","instruction":"B"}""", "instruction")]
    public async Task Properties_of_another_shape_are_left_out_and_named(string row, string names)
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl", row).Jsonl("test.jsonl", Workbench.Row("other"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Contains($"Of 'train.jsonl' these properties are left out: {names}.", result.Report.Warnings);
    }

    [Fact]
    public async Task Alpaca_rows_and_pairs_of_prompt_and_completion_are_mapped()
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl",
            """{"instruction":"Add.","input":"1 and 2","output":"3"}""",
            """{"instruction":"Sing.","input":"","output":"La"}""",
            """{"prompt":"Why?","completion":"Because."}""",
            """{"instruction":"Sing.","output":7}""",
            """{"instruction":" ","output":"x"}""").Jsonl("test.jsonl", Workbench.Row("Q"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal(
            [
                """{"messages":[{"content":"Add.\n\n1 and 2","role":"user"},{"content":"3","role":"assistant"}]}""",
                """{"messages":[{"content":"Sing.","role":"user"},{"content":"La","role":"assistant"}]}""",
                """{"messages":[{"content":"Why?","role":"user"},{"content":"Because.","role":"assistant"}]}""",
            ],
            bench.Train);
        Assert.Equal([("ContentNotAString", 4L, "$.output"), ("EmptyContent", 5L, "$.instruction")], result.Report.Findings.Select(finding => (finding.Code, finding.Row, finding.Path)));
    }

    [Theory]
    [InlineData("SELECT [{'from': 'human', 'value': 'Hi ' || i}, {'from': 'gpt', 'value': 'Hello'}] AS conversations FROM range(9) t(i)")]
    [InlineData("SELECT '[{\"role\":\"user\",\"content\":\"Hi ' || i || '\"},{\"role\":\"assistant\",\"content\":\"Hello\"}]' AS messages FROM range(9) t(i)")]
    [InlineData("SELECT 'Hi ' || i AS instruction, 'Hello' AS output, NULL::VARCHAR AS input FROM range(9) t(i)")]
    public async Task Parquet_files_of_other_shapes_are_mapped(string query)
    {
        using Workbench bench = new Workbench().Parquet("train.parquet", query).Jsonl("test.jsonl", Workbench.Row("Q"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Empty(result.Report.Findings);
        Assert.Equal(9, bench.Train.Length);
        Assert.Contains("Hi 8", bench.Train[8], StringComparison.Ordinal);
        Assert.Contains("\"role\":\"assistant\"", bench.Train[8], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_Json_is_found_on_its_own_line_of_a_pretty_printed_row()
    {
        const string Array = """
            [
              {
                "messages": [
                  { "role": "user", "content": "Hi" },
                  { "role": assistant, "content": "Hello" }
                ]
              }, {
                'messages': []
              }
            ]
            """;
        using Workbench bench = new Workbench().Bytes("train.json", Encoding.UTF8.GetBytes(Array)).Jsonl("test.jsonl", Workbench.Row("Q"));

        DatasetReport report = (await bench.PrepareAsync()).Report;

        Assert.Equal([("NotJson", 1L, 5L, 17L), ("NotJson", 2L, 8L, 5L)], report.Findings.Select(finding => (finding.Code, finding.Row, finding.Line!.Value, finding.Column!.Value)));
    }

    [Theory]
    [InlineData("instruction,output\nQ,\nQ,A\n,A\n", "SELECT * FROM (VALUES ('Q', NULL), ('Q', 'A'), ('', 'A')) t(instruction, output)", "$.output", "$.instruction")]
    [InlineData("prompt,completion\nQ,\nQ,A\n,A\n", "SELECT * FROM (VALUES ('Q', ''), ('Q', 'A'), (NULL, 'A')) t(prompt, completion)", "$.completion", "$.prompt")]
    public async Task A_text_that_a_table_leaves_empty_is_an_empty_message(string csv, string query, string first, string second)
    {
        using Workbench table = new Workbench().Bytes("train.csv", Encoding.UTF8.GetBytes(csv)).Jsonl("test.jsonl", Workbench.Row("other"));
        using Workbench parquet = new Workbench().Parquet("train.parquet", query).Jsonl("test.jsonl", Workbench.Row("other"));

        IReadOnlyList<DatasetFinding> findings = (await table.PrepareAsync()).Report.Findings;
        IReadOnlyList<DatasetFinding> ofParquet = (await parquet.PrepareAsync()).Report.Findings;

        Assert.Equal([("EmptyContent", 1L, first), ("EmptyContent", 3L, second)], findings.Select(finding => (finding.Code, finding.Row, finding.Path)));
        Assert.Equal(findings.Select(finding => (finding.Code, finding.Row, finding.Path)), ofParquet.Select(finding => (finding.Code, finding.Row, finding.Path)));
    }

    [Theory]
    [InlineData("oops", "")]
    [InlineData("""[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}],"prompt":null""", "")]
    [InlineData("""[] []""", "")]
    [InlineData("""[{'role': 'user'}]""", "json.dumps")]
    public async Task A_cell_that_is_not_one_JSON_value_is_told_alike_in_CSV_and_Parquet(string cell, string hint)
    {
        const string Good = """[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]""";
        using Workbench table = new Workbench().Bytes("train.csv", Encoding.UTF8.GetBytes($"messages\n{Field(cell)}\n{Field(Good)}\n")).Jsonl("test.jsonl", Workbench.Row("other"));
        using Workbench parquet = new Workbench().Parquet("train.parquet", $"SELECT * FROM (VALUES ({DuckDbConnection.Literal(cell)}), ({DuckDbConnection.Literal(Good)})) t(messages)").Jsonl("test.jsonl", Workbench.Row("other"));

        DatasetFinding finding = Assert.Single((await table.PrepareAsync(Workbench.All with { MaxInvalidPercent = 50 })).Report.Findings);
        DatasetFinding ofParquet = Assert.Single((await parquet.PrepareAsync(Workbench.All with { MaxInvalidPercent = 50 })).Report.Findings);

        Assert.Equal(("NotJson", 1L, "$.messages"), (finding.Code, finding.Row, finding.Path));
        Assert.Contains(hint, finding.Reason, StringComparison.Ordinal);
        Assert.Equal((finding.Code, finding.Row, finding.Path, finding.Reason), (ofParquet.Code, ofParquet.Row, ofParquet.Path, ofParquet.Reason));
        Assert.Equal(table.Train, parquet.Train);

        static string Field(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    [Fact]
    public async Task A_table_of_two_shapes_is_read_by_what_each_row_has()
    {
        using Workbench bench = new Workbench().Bytes("train.csv", "instruction,output,prompt,completion\nQ,A,,\n,,Why?,Because.\n"u8.ToArray()).Jsonl("test.jsonl", Workbench.Row("other"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Empty(result.Report.Findings);
        Assert.Equal(2, bench.Train.Length);
    }

    [Fact]
    public async Task A_pretty_printed_array_is_read_and_its_findings_have_lines()
    {
        const string Array = """
            [
              {
                "messages": [
                  { "role": "user", "content": "Hi" },
                  { "role": "assistant", "content": "Hello" }
                ]
              },
              {
                "messages": [
                  { "role": "user", "content": "Hi, you" },
                  { "role": "bot", "content": "Hello" }
                ]
              }, 7 8
            ]
            """;
        using Workbench bench = new Workbench().Bytes("train.json", Encoding.UTF8.GetBytes(Array)).Jsonl("test.jsonl", Workbench.Row("Q"));

        DatasetReport report = (await bench.PrepareAsync()).Report;

        Assert.Equal("""{"messages":[{"content":"Hi","role":"user"},{"content":"Hello","role":"assistant"}]}""", Assert.Single(bench.Train));
        Assert.Equal(("UnknownRole", 2L, 11L, 17L), (report.Findings[0].Code, report.Findings[0].Row, report.Findings[0].Line!.Value, report.Findings[0].Column!.Value));
        Assert.Equal(("NotJson", 3L, 13L, 8L), (report.Findings[1].Code, report.Findings[1].Row, report.Findings[1].Line!.Value, report.Findings[1].Column!.Value));
        Assert.Equal("JSON array", report.Files[0].Format);
    }

    [Theory]
    [InlineData("messages,source,messages", "'train.csv' names the column 'messages' twice in its first line.")]
    [InlineData("messages,,", "'train.csv' names the column '' twice in its first line.")]
    [InlineData("messages,a,b,c", "'train.csv' has more than 3 columns, or a first line of more than 10000000 bytes.")]
    public async Task A_header_that_can_not_be_used_is_told_why(string header, string message)
    {
        using Workbench bench = new Workbench { Limits = new DatasetLimits { MaxColumns = 3 } }.Bytes("train.csv", Encoding.UTF8.GetBytes(header + "\n"));

        var refused = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal("DatasetCsvHeader", refused.Failure.Code);
        Assert.Equal(message, refused.Failure.Message);
    }

    [Fact]
    public async Task A_table_without_a_header_is_refused_in_a_few_words_however_long_its_first_row_is()
    {
        string row = string.Join(',', Enumerable.Repeat(new string('x', 100_000), 20)) + ",y,z\n";
        using Workbench bench = new Workbench().Bytes("train.csv", Encoding.UTF8.GetBytes(row)).Jsonl("test.jsonl", Workbench.Row("Q"));

        var refused = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal("DatasetCsvHeader", refused.Failure.Code);
        Assert.InRange(refused.Failure.Message.Length, 100, 1500);
        Assert.EndsWith("… and 2 more.", refused.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_of_Csv_that_break_rules_are_found_with_their_lines()
    {
        const string Table = "messages,source\n\"[{\"\"role\"\":\"\"user\"\",\n\"\"content\"\":\"\"Q\"\"},{\"\"role\"\":\"\"assistant\"\",\"\"content\"\":\"\"A\"\"}]\",web\n[{'role': 'user'}],web\nonly one\n\"[]\",web\n,x\n\"[{\"\"role\"\"";
        using Workbench bench = new Workbench().Bytes("train.csv", Encoding.UTF8.GetBytes(Table)).Jsonl("test.jsonl", Workbench.Row("Q"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal(
            [("NotJson", 2L, 4L), ("NotCsv", 3L, 5L), ("EmptyMessages", 4L, 6L), ("MissingMessages", 5L, 7L), ("NotCsv", 6L, 8L)],
            result.Report.Findings.Select(finding => (finding.Code, finding.Row, finding.Line!.Value)));
        Assert.Contains("Python", result.Report.Findings[0].Reason, StringComparison.Ordinal);
        Assert.Single(bench.Train);
        Assert.Equal("Of 'train.csv' these properties are left out: source.", Assert.Single(result.Report.Warnings));
    }

    [Fact]
    public async Task Folders_name_splits_where_file_names_do_not()
    {
        using Workbench bench = new Workbench()
            .Jsonl("test/data/train/0000.jsonl", Workbench.Row("a"))
            .Jsonl("test/data/train/0001.jsonl", Workbench.Row("b"))
            .Jsonl("test/data/test/0000.jsonl", Workbench.Row("c"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Null(result.Refusal);
        Assert.Equal((2, 1), (bench.Train.Length, bench.Test.Length));
    }

    [Fact]
    public async Task A_shard_that_is_missing_is_missed()
    {
        using Workbench bench = new Workbench()
            .Jsonl("x/train-00000-of-00003.jsonl", Workbench.Row("a"))
            .Jsonl("x/train-00002-of-00003.jsonl", Workbench.Row("b"));

        var exception = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal("DatasetShardMissing", exception.Failure.Code);
        Assert.Contains("'x/train-00001-of-00003.jsonl'", exception.Failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".gz")]
    [InlineData(".zst")]
    public async Task A_compressed_file_that_grows_out_of_proportion_is_stopped(string extension)
    {
        byte[] bomb = Bomb(extension);
        using Workbench bench = new Workbench().Bytes("chat.jsonl" + extension, bomb);

        var exception = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal("DatasetFileTooLarge", exception.Failure.Code);
        Assert.Contains("200 times its size", exception.Failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(bench.Output));
    }

    private static byte[] Bomb(string extension)
    {
        if (extension == ".zst")
        {
            // A block of 128 KB that is one byte repeated takes four: magic, a window of 1 MB, then 100,000 such blocks.
            return [0x28, 0xB5, 0x2F, 0xFD, 0, 0x50, .. Enumerable.Repeat<byte[]>([0x02, 0x00, 0x10, (byte)' '], 100_000).SelectMany(block => block)];
        }

        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
        {
            byte[] spaces = Encoding.ASCII.GetBytes(new string(' ', 1_000_000));
            for (int i = 0; i < 200; i++)
            {
                gzip.Write(spaces);
            }
        }

        return compressed.ToArray();
    }

    [Theory]
    [InlineData(".gz")]
    [InlineData(".zst")]
    public async Task A_compressed_file_that_is_cut_off_is_damaged(string extension)
    {
        byte[] whole = Content("chat.jsonl" + extension);
        using Workbench bench = new Workbench().Bytes("chat.jsonl" + extension, whole[..(whole.Length / 2)]);

        var exception = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal("DatasetFileDamaged", exception.Failure.Code);
    }
}
