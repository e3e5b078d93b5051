using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FineTune.Datasets.Output;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Tests;

public class PreparationTests
{
    [Fact]
    public async Task Split_files_go_to_the_splits_of_their_names_in_file_and_row_order()
    {
        using Workbench bench = new Workbench()
            .Jsonl("x/train_sft-00000-of-00002.jsonl", Workbench.Rows(3, "a"))
            .Jsonl("x/test_gen.jsonl", Workbench.Rows(1, "tg"))
            .Jsonl("x/train_sft-00001-of-00002.jsonl", Workbench.Rows(2, "b"))
            .Jsonl("x/test_sft.jsonl", Workbench.Rows(2, "t"))
            .Jsonl("x/train_gen.jsonl", Workbench.Rows(1, "g"))
            .Jsonl("x/validation.jsonl", Workbench.Rows(1, "v"));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Null(result.Refusal);
        Assert.Equal(
            [
                (SplitKind.Train, "train_sft.jsonl", 5L),
                (SplitKind.Validation, "validation.jsonl", 1L),
                (SplitKind.Test, "test_sft.jsonl", 2L),
                (SplitKind.TrainGeneration, "train_gen.jsonl", 1L),
                (SplitKind.TestGeneration, "test_gen.jsonl", 1L),
            ],
            result.Splits.Select(split => (split.Kind, split.FileName, split.Rows)));
        Assert.Equal([.. Workbench.Rows(3, "a"), .. Workbench.Rows(2, "b")], bench.Train);
        Assert.Equal(Workbench.Rows(1, "g"), bench.Lines("train_gen.jsonl"));
        SourceFileReport file = result.Report.Files[3];
        Assert.Equal(("x/test_sft.jsonl", SplitKind.Test, 2L, "\"x/test_sft.jsonl\"", "JSON Lines"), (file.Name, file.Split!.Value, file.Rows, file.ETag, file.Format));
        Assert.Equal(Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(string.Concat(Workbench.Rows(2, "t").Select(row => row + "\n"))))), file.Xxh128);
        Assert.Empty(result.Report.Warnings);
    }

    [Theory]
    [InlineData(RepairPolicy.Report, 1)]
    [InlineData(RepairPolicy.Fix, 2)]
    [InlineData(RepairPolicy.Drop, 3)]
    public async Task How_a_file_falls_into_blocks_changes_nothing(RepairPolicy policy, int seed)
    {
        // A file is read in blocks of as many bytes as it is said to have, 4096 at least.
        var random = new Random(seed);
        string[] odd = ["", "  ", "no JSON", "[]", Workbench.Row("  Q", " A "), Workbench.Row("q 7?", promptId: "q7"), Workbench.Row(new string('x', 3000)), Workbench.Row(new string('y', 9000)), new string('z', 13_000)];
        IEnumerable<string> rows = Enumerable.Range(0, 3000).Select(i => random.Next(12) == 0 ? odd[random.Next(odd.Length)] : Workbench.Row($"q {i.ToString(CultureInfo.InvariantCulture)}?", new string('a', random.Next(600)), $"q{i.ToString(CultureInfo.InvariantCulture)}"));
        byte[] content = Encoding.UTF8.GetBytes(string.Concat(rows.Select(row => row + (random.Next(2) == 0 ? "\n" : "\r\n"))));
        using var whole = new Workbench { Limits = new DatasetLimits { MaxRowBytes = 12_000 } };
        using var blocks = new Workbench { Limits = whole.Limits };
        DatasetRequest request = Workbench.All with { Repair = policy };

        DatasetPreparationResult expected = await whole.Stream("chat.jsonl", content.Length, () => new MemoryStream(content)).PrepareAsync(request);
        DatasetPreparationResult result = await blocks.Stream("chat.jsonl", 0, () => new MemoryStream(content)).PrepareAsync(request);

        Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(result));
        Assert.Equal(Directory.GetFiles(whole.Output).Select(Path.GetFileName).Order(StringComparer.Ordinal), Directory.GetFiles(blocks.Output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(whole.Output), file => Assert.Equal(File.ReadAllText(file), File.ReadAllText(Path.Combine(blocks.Output, Path.GetFileName(file)))));
        Assert.InRange(result.Report.InvalidRows, 50, 500);
    }

    [Theory]
    [InlineData(100, RowSelection.First)]
    [InlineData(37.5, RowSelection.First)]
    [InlineData(37.5, RowSelection.Sample)]
    public async Task Bytes_and_hash_are_those_of_the_file(double percent, RowSelection selection)
    {
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", Workbench.Rows(20_000).Select(row => row.Replace("Yes.", new string('y', 200), StringComparison.Ordinal)));

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { SplitPercent = percent, Selection = selection });

        Assert.Equal(2, result.Splits.Count);
        Assert.All(result.Splits, split =>
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(bench.Output, split.FileName));
            Assert.Equal(bytes.Length, split.Bytes);
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), split.Sha256);
            Assert.Equal(bytes.Count(value => value == '\n'), split.Rows);
            Assert.Equal((byte)'\n', bytes[^1]);
        });
        Assert.Equal(20_000 - result.Splits.Sum(split => split.Rows), result.Report.UnselectedRows);
    }

    [Theory]
    [InlineData(207_865, 5, 10_393)]
    [InlineData(23_110, 5, 1_156)]
    [InlineData(50, 5, 2)]
    [InlineData(70, 5, 4)]
    [InlineData(9, 5, 1)]
    [InlineData(1, 0.0001, 1)]
    [InlineData(0, 5, 0)]
    [InlineData(3, 100, 3)]
    public void First_percent_rounds_as_Hugging_Face_slices_and_keeps_one(long rows, double percent, long expected) =>
        Assert.Equal(expected, SplitWriter.FirstRows(rows, percent));

    [Fact]
    public async Task First_takes_the_beginning_of_each_split_counting_valid_rows()
    {
        using Workbench bench = new Workbench()
            .Jsonl("train.jsonl", Workbench.Rows(40).SelectMany(row => new[] { "bad", row }))
            .Jsonl("test.jsonl", Workbench.Rows(3, "t"));

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { SplitPercent = 10, MaxInvalidPercent = 60 });

        Assert.Equal(Workbench.Rows(4), bench.Train);
        Assert.Equal(Workbench.Rows(1, "t"), bench.Test);
        Assert.Equal((83L, 40L, 38L), (result.Report.Rows, result.Report.InvalidRows, result.Report.UnselectedRows));
    }

    [Fact]
    public async Task Sample_depends_on_the_seed_and_on_nothing_else()
    {
        using var bench = new Workbench();
        string[] rows = [.. Workbench.Rows(2000)];

        async Task<string[]> Sampled(int seed, IEnumerable<string> train)
        {
            await bench.Clear().Jsonl("train.jsonl", train).Jsonl("test.jsonl", Workbench.Rows(1))
                .PrepareAsync(new DatasetRequest { SplitPercent = 20, Selection = RowSelection.Sample, Seed = seed });
            return bench.Train;
        }

        string[] first = await Sampled(1, rows);

        Assert.InRange(first.Length, 320, 480);
        Assert.Equal(first.Order(StringComparer.Ordinal), (await Sampled(1, rows.Reverse())).Order(StringComparer.Ordinal));
        string[] second = await Sampled(2, rows);
        Assert.InRange(second.Intersect(first, StringComparer.Ordinal).Count(), 40, 130);
    }

    [Fact]
    public async Task A_sampled_split_keeps_one_row()
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl", Workbench.Rows(9)).Jsonl("test.jsonl", Workbench.Rows(5));

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { SplitPercent = 0.001, Selection = RowSelection.Sample });

        Assert.Equal([1L, 1L], result.Splits.Select(split => split.Rows));
    }

    [Theory]
    [InlineData("chat.jsonl")]
    [InlineData("chat.train.jsonl")]
    public async Task Without_a_test_file_rows_are_divided_by_hash(string name)
    {
        using Workbench bench = new Workbench().Jsonl(name, Workbench.Rows(1000));

        DatasetPreparationResult result = await bench.PrepareAsync(Workbench.All with { TestPercent = 20 });

        Assert.InRange(bench.Test.Length, 150, 250);
        Assert.Equal(Workbench.Rows(1000).Order(StringComparer.Ordinal), bench.Train.Concat(bench.Test).Order(StringComparer.Ordinal));
        Assert.Null(Assert.Single(result.Report.Files).Split);
        Assert.Equal(name.Contains("train", StringComparison.Ordinal) ? 1 : 0, result.Report.Warnings.Count);
    }

    [Fact]
    public async Task Validation_rows_stay_what_they_are_when_training_rows_are_divided()
    {
        using Workbench bench = new Workbench().Jsonl("c.train.jsonl", Workbench.Rows(100)).Jsonl("c.validation.jsonl", Workbench.Rows(7, "v"));

        await bench.PrepareAsync();

        Assert.Equal(Workbench.Rows(7, "v"), bench.Lines("validation.jsonl"));
        Assert.Equal(100, bench.Train.Length + bench.Test.Length);
        Assert.NotEmpty(bench.Test);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(12)]
    public async Task A_small_dataset_still_gets_one_test_row(int rows)
    {
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", Workbench.Rows(rows));

        DatasetPreparationResult result = await bench.PrepareAsync(Workbench.All with { TestPercent = 1 });

        Assert.Null(result.Refusal);
        Assert.Single(bench.Test);
        Assert.Equal(Workbench.Rows(rows).Except(bench.Test), bench.Train);
    }

    [Fact]
    public async Task A_small_dataset_whose_rows_all_fall_to_the_test_split_still_gets_a_training_row()
    {
        // Of two rows both fall below 50 % in a quarter of all datasets; some of forty do.
        for (int i = 0; i < 40; i++)
        {
            using Workbench bench = new Workbench().Jsonl("chat.jsonl", Workbench.Rows(2, $"set {i.ToString(CultureInfo.InvariantCulture)} "));

            await bench.PrepareAsync(Workbench.All with { TestPercent = 50 });

            Assert.Single(bench.Train);
            Assert.Single(bench.Test);
        }
    }

    [Fact]
    public async Task A_small_dataset_gets_no_test_row_that_it_also_trains_on()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            string[] rows = [.. Workbench.Rows(3, $"set {seed.ToString(CultureInfo.InvariantCulture)} ")];
            using Workbench bench = new Workbench().Jsonl("a.jsonl", rows).Jsonl("b.jsonl", rows);

            DatasetPreparationResult result = await bench.PrepareAsync();

            Assert.Null(result.Refusal);
            Assert.NotEmpty(bench.Test);
            Assert.Empty(bench.Test.Intersect(bench.Train));
            Assert.Equal(6, bench.Test.Length + bench.Train.Length);
        }
    }

    [Fact]
    public async Task A_dataset_of_one_row_however_often_has_nothing_to_test_with()
    {
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", Enumerable.Repeat(Workbench.Row("Q"), 5));

        Assert.Equal("DatasetWithoutTestRows", (await bench.PrepareAsync()).Refusal?.Code);
    }

    [Fact]
    public async Task Rows_of_one_prompt_id_are_divided_all_the_same()
    {
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", Enumerable.Range(0, 5).Select(i => Workbench.Row($"Q{i.ToString(CultureInfo.InvariantCulture)}", promptId: "p")));

        Assert.Null((await bench.PrepareAsync()).Refusal);
        Assert.Equal(5, bench.Train.Length + bench.Test.Length);
        Assert.Equal(1, Math.Min(bench.Train.Length, bench.Test.Length));
    }

    [Theory]
    [InlineData("train.jsonl")]
    [InlineData("train.json")]
    public async Task A_file_that_became_shorter_than_it_was_is_no_shorter_dataset(string name)
    {
        byte[] rows = Encoding.UTF8.GetBytes(string.Concat(Workbench.Rows(9).Select(row => row + "\n")));
        using Workbench bench = new Workbench().Stream(name, rows.Length + 1, () => new MemoryStream(rows)).Jsonl("test.jsonl", Workbench.Rows(2, "t"));

        var refused = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal("DatasetFileCutOff", refused.Failure.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(bench.Output));
    }

    [Fact]
    public async Task Rows_held_back_for_the_test_split_are_let_go_when_they_grow_large()
    {
        string answer = new('a', 3_000_000);
        string[] rows = [.. Enumerable.Range(0, 9).Select(i => Workbench.Row("Q", answer, $"row {i.ToString(CultureInfo.InvariantCulture)}"))];
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", rows);

        DatasetPreparationResult result = await bench.PrepareAsync(Workbench.All with { TestPercent = 1 });

        Assert.Equal("DatasetWithoutTestRows", result.Refusal?.Code);
        Assert.Equal(9, result.Report.Rows);
    }

    [Fact]
    public async Task Line_ends_blank_lines_and_a_byte_order_mark_do_not_matter()
    {
        string[] rows = [.. Workbench.Rows(4)];
        using Workbench bench = new Workbench()
            .Bytes("train.jsonl", [.. "\uFEFF"u8, .. Encoding.UTF8.GetBytes($"\r\n{rows[0]}\r\n \t \n\n{rows[1]}\n{rows[2]}\r\n{rows[3]}")])
            .Bytes("test.jsonl", Encoding.UTF8.GetBytes(rows[0]));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal(5, result.Report.Rows);
        Assert.Equal(string.Concat(rows.Select(row => row + "\n")), await File.ReadAllTextAsync(Path.Combine(bench.Output, "train_sft.jsonl")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public async Task Reads_of_any_size_give_the_same_rows(int readSize)
    {
        byte[] content = Encoding.UTF8.GetBytes(string.Concat(Workbench.Rows(50).Select(row => row + "\r\n")));
        using Workbench bench = new Workbench()
            .Stream("train.jsonl", content.Length, () => new ChunkedStream(content, readSize))
            .Jsonl("test.jsonl", Workbench.Rows(1));

        await bench.PrepareAsync();

        Assert.Equal(Workbench.Rows(50), bench.Train);
    }

    [Theory]
    [InlineData("\n", "There is no row in 1 file.")]
    [InlineData("oops\n", "1 of 1 row is invalid (100 %; allowed are 0 %). The first is chat.jsonl, row 1, column 1: NotJson.")]
    [InlineData("{\"prompt\":\"Q\",\"completion\":\"A\"}\n", "There is no row to test with: of 1 row in 1 file, 1 can be used.")]
    public async Task One_row_and_one_file_are_not_spoken_of_as_several(string content, string message)
    {
        using Workbench bench = new Workbench().Bytes("chat.jsonl", Encoding.UTF8.GetBytes(content));

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest());

        Assert.StartsWith(message, result.Refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_share_of_invalid_rows_that_is_small_is_not_spoken_of_as_none()
    {
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", [.. Enumerable.Repeat(Workbench.Row("Q"), 299_999), "oops"]);

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest());

        Assert.StartsWith("1 of 300000 rows is invalid (0.000333 %; allowed are 0 %).", result.Refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_a_repair_leaves_out_are_not_counted_as_rows_that_can_be_used()
    {
        string[] rows = [Workbench.Row("Q"), Workbench.Row("Q"), Workbench.Row("Q"), "oops"];
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", rows);

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { Repair = RepairPolicy.Drop });

        Assert.EndsWith(": of 4 rows in 1 file, 1 can be used.", result.Refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compressed_file_without_content_is_empty_and_not_damaged()
    {
        byte[] gzip = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        using Workbench bench = new Workbench().Bytes("chat.jsonl.gz", gzip);

        UpstreamException exception = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal("DatasetFileEmpty", exception.Failure.Code);
        Assert.Equal("'chat.jsonl.gz' is empty: decompressed it has 0 bytes.", exception.Failure.Message);
    }

    [Fact]
    public async Task More_invalid_rows_than_allowed_refuse_the_dataset_and_say_where_it_begins()
    {
        using Workbench bench = new Workbench().Jsonl("in/chat.jsonl", [.. Workbench.Rows(198), """{"messages":[{"role":"bot","content":"Hi"}]}""", "oops"]);

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { MaxInvalidPercent = 0.99 });

        Assert.Empty(result.Splits);
        Assert.Equal("DatasetRefused", result.Refusal?.Code);
        Assert.Equal("in/chat.jsonl, row 199, column 22, $.messages[0].role", result.Refusal?.Where);
        Assert.StartsWith("2 of 200 rows are invalid (1 %; allowed are 0.99 %). The first is in/chat.jsonl, row 199, column 22, $.messages[0].role: UnknownRole.", result.Refusal?.Message, StringComparison.Ordinal);
        Assert.NotNull(result.Refusal?.NextStep);
        Assert.Equal(198, result.Report.UnselectedRows + result.Report.Splits.Sum(split => split.Rows));
        Assert.Empty(Directory.GetFileSystemEntries(bench.Output));

        DatasetPreparationResult allowed = await bench.PrepareAsync(new DatasetRequest { MaxInvalidPercent = 1 });

        Assert.Null(allowed.Refusal);
        Assert.Equal(2, allowed.Report.InvalidRows);
    }

    [Theory]
    [InlineData(100, RowSelection.First)]
    [InlineData(40, RowSelection.First)]
    [InlineData(40, RowSelection.Sample)]
    public async Task The_report_of_a_refused_dataset_says_what_its_valid_rows_are_like(double percent, RowSelection selection)
    {
        var request = new DatasetRequest { SplitPercent = percent, Selection = selection };
        using Workbench valid = new Workbench().Jsonl("train.jsonl", Workbench.Rows(90)).Jsonl("test.jsonl", Workbench.Rows(10, "t"));
        using Workbench refused = new Workbench().Jsonl("train.jsonl", [.. Workbench.Rows(90), "oops"]).Jsonl("test.jsonl", ["{}", .. Workbench.Rows(10, "t")]);

        DatasetPreparationResult expected = await valid.PrepareAsync(request);
        DatasetPreparationResult result = await refused.PrepareAsync(request);

        Assert.Equal("DatasetRefused", result.Refusal?.Code);
        Assert.Empty(result.Splits);
        Assert.Empty(Directory.GetFileSystemEntries(refused.Output));
        Assert.Equivalent(expected.Report.Splits, result.Report.Splits, strict: true);
        Assert.Equal(expected.Splits.Select(split => split.Rows), result.Report.Splits.Select(split => split.Rows));
    }

    [Theory]
    [InlineData("test.jsonl", 5, "DatasetWithoutTrainingRows")]
    [InlineData("train_gen.jsonl", 5, "DatasetWithoutTrainingRows")]
    [InlineData("train.jsonl", 1, "DatasetWithoutTestRows")]
    [InlineData("chat.jsonl", 1, "DatasetWithoutTestRows")]
    public async Task A_dataset_that_lacks_training_or_test_rows_is_refused(string name, int rows, string code)
    {
        using Workbench bench = new Workbench().Jsonl(name, Workbench.Rows(rows));

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal(code, result.Refusal?.Code);
        Assert.NotNull(result.Refusal?.NextStep);
        Assert.Empty(result.Splits);
        Assert.Empty(Directory.GetFileSystemEntries(bench.Output));
    }

    [Fact]
    public async Task A_file_of_blank_lines_has_no_rows()
    {
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", "", "  ");

        Assert.Equal("DatasetWithoutRows", (await bench.PrepareAsync()).Refusal?.Code);
    }

    public static TheoryData<string, byte[], string> UnreadableFiles => new()
    {
        { "chat.csv", "text,label\n"u8.ToArray(), "DatasetCsvHeader" },
        { "chat.jsonl.gz", [0x1F, 0x8B], "DatasetFileDamaged" },
        { "chat.jsonl.zst", [0x1F, 0x8B, 0, 0], "DatasetFileDamaged" },
        { "chat.txt.gz", [], "DatasetFormatUnknown" },
        { "chat.json", "42"u8.ToArray(), "DatasetFileNotJson" },
        { "chat.json", "[{}"u8.ToArray(), "DatasetFileCutOff" },
        { "train-00001-of-00002.jsonl", "{}"u8.ToArray(), "DatasetShardMissing" },
        { "chat", "{}"u8.ToArray(), "DatasetFormatUnknown" },
        { "chat.jsonl", [], "DatasetFileEmpty" },
        { "chat.parquet", [], "DatasetFileEmpty" },
        { "chat.jsonl", [0x1F, 0x8B, 8, 0], "DatasetFileNotText" },
        { "chat.jsonl", "PAR1"u8.ToArray(), "DatasetFileNotText" },
        { "chat.jsonl", [0x28, 0xB5, 0x2F, 0xFD, 0], "DatasetFileNotText" },
        { "chat.jsonl", [(byte)'P', (byte)'K', 3, 4], "DatasetFileNotText" },
        { "chat.jsonl", Encoding.Unicode.GetPreamble(), "DatasetFileNotText" },
        { "train-or-test.jsonl", "{}"u8.ToArray(), "DatasetSplitUnclear" },
    };

    [Theory]
    [MemberData(nameof(UnreadableFiles))]
    public async Task A_file_that_can_not_be_read_ends_with_a_clear_error(string name, byte[] content, string code)
    {
        using Workbench bench = new Workbench().Bytes(name, content);

        var exception = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal((OutcomeKind.Invalid, code, name), (exception.Kind, exception.Failure.Code, exception.Failure.Where));
        Assert.NotNull(exception.Failure.NextStep);
    }

    [Fact]
    public async Task Names_that_only_partly_say_a_split_are_refused_before_anything_is_read()
    {
        using Workbench bench = new Workbench()
            .Jsonl("support-test.jsonl", Workbench.Rows(2))
            .Stream("support.jsonl", 1, () => throw new InvalidOperationException("It must not be opened."));

        var exception = await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync());

        Assert.Equal(("DatasetSplitUnclear", "support.jsonl"), (exception.Failure.Code, exception.Failure.Where));
    }

    [Fact]
    public async Task A_dataset_without_files_is_refused()
    {
        using var bench = new Workbench();

        Assert.Equal("DatasetEmpty", (await Assert.ThrowsAsync<UpstreamException>(() => bench.PrepareAsync())).Failure.Code);
    }

    [Theory]
    [InlineData(0, 10, 0)]
    [InlineData(101, 10, 0)]
    [InlineData(double.NaN, 10, 0)]
    [InlineData(5, 0.5, 0)]
    [InlineData(5, 51, 0)]
    [InlineData(5, 10, -1)]
    [InlineData(5, 10, 101)]
    public async Task Percentages_out_of_range_are_refused(double split, double test, double invalid)
    {
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", Workbench.Rows(5));

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() =>
            bench.PrepareAsync(new DatasetRequest { SplitPercent = split, TestPercent = test, MaxInvalidPercent = invalid }));
    }

    [Fact]
    public async Task Progress_is_paced_by_the_clock_and_ends_with_all_bytes()
    {
        byte[] content = Encoding.UTF8.GetBytes(string.Concat(Workbench.Rows(500).Select(row => row + "\n")));
        var clock = new SteppingTimeProvider(TimeSpan.FromMilliseconds(100));
        var reported = new List<long>();
        using Workbench bench = new Workbench()
            .Stream("a-train.jsonl", content.Length, () => new ChunkedStream(content, 1000))
            .Stream("b-test.jsonl", content.Length, () => new ChunkedStream(content, 1000));

        await bench.PrepareAsync(clock, null, new DirectProgress(reported));

        Assert.Equal(2 * content.Length, reported[^1]);
        Assert.Equal(reported.Order(), reported);
        Assert.InRange(reported.Count, 10, 2 * content.Length / 1000 / 2);
    }

    [Theory]
    [InlineData("chat.jsonl")]
    [InlineData("chat.parquet")]
    public async Task Cancelling_stops_the_work_and_leaves_nothing_behind(string name)
    {
        using var cancellation = new CancellationTokenSource();
        using var bench = new Workbench();
        byte[] content = name.EndsWith(".parquet", StringComparison.Ordinal)
            ? bench.ParquetBytes("SELECT [{'role': 'user', 'content': 'Q' || i}, {'role': 'assistant', 'content': 'A'}] AS messages FROM range(200000) t(i)")
            : Encoding.UTF8.GetBytes(string.Concat(Workbench.Rows(5000).Select(row => row + "\n")));
        bench.Stream(name, content.Length, () => new ChunkedStream(content, 10_000) { OnRead = at => cancellation.CancelIf(at > content.Length / 2) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.PrepareAsync(cancellationToken: cancellation.Token));

        Assert.Empty(Directory.GetFileSystemEntries(bench.Output));
        Assert.False(Directory.Exists(bench.Output + ".tmp"));
    }

    [Fact]
    public async Task What_a_killed_process_left_in_the_temporary_folder_is_removed()
    {
        using Workbench bench = new Workbench().Parquet("chat.parquet",
            "SELECT [{'role': 'user', 'content': 'Q' || i}, {'role': 'assistant', 'content': 'A'}] AS messages FROM range(20) t(i)");
        string left = Directory.CreateDirectory(Path.Combine(bench.Folder, "out1.tmp")).FullName;
        await File.WriteAllTextAsync(Path.Combine(left, "source.parquet"), "half a file");

        await bench.PrepareAsync();

        Assert.Equal(20, bench.Train.Length + bench.Test.Length);
        Assert.False(Directory.Exists(left));
    }

    [Fact]
    public async Task The_projects_own_sample_is_clean()
    {
        using Workbench bench = new Workbench().Bytes("support-chat.parquet", await File.ReadAllBytesAsync(Samples.Path("support-chat.parquet")));

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { SplitPercent = 100 });

        Assert.Null(result.Refusal);
        Assert.Empty(result.Report.Warnings);
        Assert.Equal(364, result.Report.Rows);
        Assert.InRange(bench.Test.Length, 20, 60);
    }

    [Fact]
    public async Task The_sample_with_bad_rows_is_refused_naming_each_of_them()
    {
        using Workbench bench = new Workbench()
            .Bytes("support-chat-with-bad-rows.jsonl", await File.ReadAllBytesAsync(Samples.Path("support-chat-with-bad-rows.jsonl")));

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest());

        Assert.Equal("DatasetRefused", result.Refusal?.Code);
        Assert.Equal((72L, 12L), (result.Report.Rows, result.Report.InvalidRows));
        Assert.Equal(
            [
                (5L, "NotJson"), (11L, "NotJson"), (17L, "NotAnObject"), (23L, "MissingMessages"), (29L, "EmptyMessages"), (35L, "UnknownRole"),
                (41L, "MissingRole"), (47L, "EmptyContent"), (53L, "MissingContent"), (59L, "FirstTurnNotUserOrSystem"), (59L, "LastTurnNotAssistant"), (65L, "NoAssistantMessage"),
                (71L, "MessageNotAnObject"),
            ],
            result.Report.Findings.Select(finding => (finding.Row, finding.Code)));
    }
}
