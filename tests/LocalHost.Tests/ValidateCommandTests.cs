using System.Globalization;
using System.Text.Json.Nodes;
using FineTune.LocalHost.Commands;

namespace FineTune.LocalHost.Tests;

public sealed class ValidateCommandTests : IDisposable
{
    private const string RowWithToken = """{"messages":[{"role":"user","content":"Stop.<|end|> Secret"},{"role":"assistant","content":"Yes."}]}""" + "\n";
    private const string RowWithoutAnswer = """{"messages":[{"role":"user","content":"Secret"}]}""" + "\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--json")]
    [InlineData("--excerpts")]
    public async Task Output_that_cant_be_written_ends_in_a_failure(string option)
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(20));
        await using var full = new FullWriter();

        Assert.Equal(ExitCode.Failure, await FineTuneCommand.InvokeAsync(["validate", name, option], full, full));
    }

    [Fact]
    public async Task A_good_dataset_is_valid_and_its_splits_and_distributions_are_shown()
    {
        (int exitCode, string output, string errors) = await FineTuneProgram.InvokeAsync("validate", FineTuneProgram.Sample("support-chat.parquet"), "--epochs", "3");

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Empty(errors);
        Assert.Contains("Valid      364 rows read: 364 kept.", output, StringComparison.Ordinal);
        Assert.Matches(@"train_sft\.jsonl +319 ", output);
        Assert.Matches(@"train_sft\.jsonl +MIN +P5 +MEDIAN +MEAN +P95 +MAX", output);
        Assert.Matches(@"turns a row +2 +2 +2 +2\.5 +4 +5", output);
        Assert.Contains("tokens (estimate)", output, StringComparison.Ordinal);
        Assert.Contains("in 3 epochs", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dataset_with_bad_rows_is_refused_and_every_bad_row_is_named()
    {
        string sample = FineTuneProgram.Sample("support-chat-with-bad-rows.jsonl");

        (int exitCode, string output, _) = await FineTuneProgram.InvokeAsync("validate", sample);
        (_, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync("validate", sample);

        Assert.Equal(ExitCode.Findings, exitCode);
        long[] bad = [.. document["report"]!["findings"]!.AsArray().Select(finding => (long)finding!["row"]!).Distinct()];
        Assert.Equal(12, bad.Length);
        string joined = string.Concat(output.Split('\n').Select(line => line.Trim()));
        Assert.All(bad, row => Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"bad-rows.jsonl:{row}"), joined, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_finding_is_shown_with_its_place_path_code_and_next_step_and_counted_in_a_table()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(5) + Rows.Good(6).Replace("assistant", "bot", StringComparison.Ordinal) + "\n");

        (int exitCode, string output, _) = await FineTuneProgram.InvokeAsync("validate", name);

        Assert.Equal(ExitCode.Findings, exitCode);
        Assert.Contains("UnknownRole: error, 1 row\n", output, StringComparison.Ordinal);
        string joined = string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("chat.jsonl:6:61 $.messages[1].role role must be", joined, StringComparison.Ordinal);
        Assert.Contains("Next step Name roles system, user or assistant.", joined, StringComparison.Ordinal);
        Assert.Matches(@"UnknownRole +error +1\n", output);
        Assert.Contains("Failure    DatasetRefused", output, StringComparison.Ordinal);
        Assert.Contains("The valid rows, as they would have been used:", output, StringComparison.Ordinal);
        Assert.Matches(@"Train +MIN +P5 +MEDIAN +MEAN +P95 +MAX", output);
        Assert.Contains("--repair fix", output, StringComparison.Ordinal);
        Assert.Contains("--max-invalid-percent", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Trained on", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_document_and_the_page_of_a_refused_dataset_name_the_options_of_the_command_line()
    {
        string name = _folder.Write("chat.jsonl", "oops\n");
        string page = Path.ChangeExtension(name, ".html");

        (_, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync("validate", name, "--report", page);

        const string NextStep = "or have them left out by a higher --max-invalid-percent or --repair.";
        Assert.EndsWith(NextStep, (string?)document["failure"]!["nextStep"], StringComparison.Ordinal);
        Assert.Contains(NextStep, await File.ReadAllTextAsync(page), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chat.jsonl", "")]
    [InlineData("chat.json", "[{}")]
    [InlineData("chat.jsonl.gz", "oops")]
    [InlineData("chat.parquet", "oops")]
    [InlineData("chat-00000-of-00002.jsonl", "oops")]
    [InlineData("chat.jsonl", "\n")]
    public async Task Nobody_is_told_to_upload_what_is_on_this_machine(string name, string content)
    {
        (int exitCode, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync("validate", _folder.Write(name, content));

        Assert.NotEqual(ExitCode.Success, exitCode);
        Assert.DoesNotMatch("(?i)\\bupload (it|all|the|again)", (string?)document["failure"]!["nextStep"]);
        Assert.DoesNotContain("uploaded", (string?)document["failure"]!["nextStep"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_are_shown_and_the_dataset_is_valid()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(5) + Rows.Good(1) + "\n");

        (int exitCode, string output, _) = await FineTuneProgram.InvokeAsync("validate", name);

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Contains("ExactDuplicate: warning, 1 row", output, StringComparison.Ordinal);
        Assert.Contains("1 with warnings", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExitCode.Findings)]
    [InlineData(ExitCode.Findings, "--max-invalid-percent", "10")]
    [InlineData(ExitCode.Success, "--max-invalid-percent", "20")]
    [InlineData(ExitCode.Success, "--repair", "drop")]
    [InlineData(ExitCode.Success, "--repair", "FIX")]
    public async Task What_was_allowed_decides_whether_bad_rows_refuse_a_dataset(int expected, params string[] options)
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(5) + RowWithoutAnswer);

        (int exitCode, _, _) = await FineTuneProgram.InvokeAsync(["validate", name, .. options]);

        Assert.Equal(expected, exitCode);
    }

    [Fact]
    public async Task A_model_makes_its_tokens_errors_and_an_unknown_one_is_told()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(5) + RowWithToken);

        (int known, _, string none) = await FineTuneProgram.InvokeAsync("validate", name, "--model", "Phi-4-mini-instruct");
        (int unknown, _, string notice) = await FineTuneProgram.InvokeAsync("validate", name, "--model", "my-own");

        Assert.Equal(ExitCode.Findings, known);
        Assert.Empty(none);
        Assert.Equal(ExitCode.Success, unknown);
        Assert.Contains("'my-own'", notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Context_length_and_epochs_make_the_billable_tokens()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(50));

        (_, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync("validate", name, "--context-length", "10", "--epochs", "2.5");

        JsonNode train = document["report"]!["splits"]![0]!;
        Assert.Equal((long)train["rows"]!, (long)train["truncatedRows"]!);
        Assert.Equal(25 * (long)train["rows"]!, (long)document["report"]!["tokens"]!["billableTokens"]!);
        Assert.Equal(50, (long)document["report"]!["findingCounts"]!["OverContextLength"]!);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("2", 2)]
    [InlineData("100", 4)]
    public async Task So_many_findings_of_a_code_are_shown_as_asked_for_and_all_are_counted(string show, int expected)
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(5) + string.Concat(Enumerable.Repeat(RowWithoutAnswer, 4)));

        (_, string output, _) = await FineTuneProgram.InvokeAsync("validate", name, "--show", show, "--max-invalid-percent", "100");

        Assert.Equal(expected, output.Split("there is nothing to learn").Length - 1);
        Assert.Matches(@"NoAssistantMessage +error +4\n", output);
        Assert.Equal(show == "2", output.Contains("... and 2 more", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Excerpts_are_shown_when_asked_for_and_say_nothing_of_the_text()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(5) + RowWithToken);
        string report = _folder.Combine("report.html");

        (_, string without, _) = await FineTuneProgram.InvokeAsync("validate", name);
        (_, string with, _) = await FineTuneProgram.InvokeAsync("validate", name, "--excerpts", "--report", report);

        Assert.DoesNotContain("xxxx", without, StringComparison.Ordinal);
        Assert.Contains("xxxx", with, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret", without + with + await File.ReadAllTextAsync(report), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_documents_outcome_says_what_the_exit_code_says()
    {
        string good = _folder.Write("good.jsonl", Rows.Many(5));
        string bad = _folder.Write("bad.jsonl", RowWithoutAnswer);

        (int valid, JsonNode validDocument) = await FineTuneProgram.InvokeForJsonAsync("validate", good);
        (int refused, JsonNode refusedDocument) = await FineTuneProgram.InvokeForJsonAsync("validate", bad);
        (int failed, JsonNode failedDocument) = await FineTuneProgram.InvokeForJsonAsync("validate", _folder.Combine("missing.jsonl"));

        Assert.Equal((ExitCode.Success, "Valid"), (valid, (string?)validDocument["outcome"]));
        Assert.Null(validDocument["failure"]);
        Assert.Equal(5, validDocument["splits"]!.AsArray().Sum(split => (long)split!["rows"]!));
        Assert.Equal((ExitCode.Findings, "Refused"), (refused, (string?)refusedDocument["outcome"]));
        Assert.Equal("DatasetRefused", (string?)refusedDocument["failure"]!["code"]);
        Assert.Equal((ExitCode.Failure, "Failed"), (failed, (string?)failedDocument["outcome"]));
        Assert.NotNull(failedDocument["failure"]!["nextStep"]);
        Assert.Null(failedDocument["report"]);
    }

    [Theory]
    [InlineData("chat.txt", "DatasetFormatUnknown")]
    [InlineData("chat.parquet", "DatasetFileNotParquet")]
    [InlineData("empty.jsonl", "DatasetFileEmpty")]
    [InlineData("train-00000-of-00002.jsonl", "DatasetShardMissing")]
    [InlineData("missing.jsonl", "DatasetNotFound")]
    public async Task What_cant_be_read_ends_with_1_and_says_why_on_standard_error(string name, string code)
    {
        if (name != "missing.jsonl")
        {
            _folder.Write(name, name == "empty.jsonl" ? "" : Rows.Many(3));
        }

        (int exitCode, string output, string errors) = await FineTuneProgram.InvokeAsync("validate", _folder.Combine(name));

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Empty(output);
        Assert.Contains(code, errors, StringComparison.Ordinal);
        Assert.Contains("Next step", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_line_that_is_wrong_ends_with_1_and_all_that_is_wrong_is_named()
    {
        (int exitCode, string output, string errors) = await FineTuneProgram.InvokeAsync(
            "validate", "chat.jsonl", "--split-percent", "0", "--test-percent", "60", "--max-invalid-percent", "-1", "--max-rows", "0", "--seed", "x", "--repair", "1",
            "--selection", "last", "--context-length", "0", "--epochs", "0", "--show", "-1", "--report", "report.pdf");

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Empty(output);
        Assert.All(
            ["--split-percent", "--test-percent", "--max-invalid-percent", "--max-rows", "--seed", "--repair", "--selection", "--context-length", "--epochs", "--show", "--report"],
            option => Assert.Contains(option, errors, StringComparison.Ordinal));
        Assert.Contains("'finetune validate --help'", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_files_and_shards_are_one_dataset()
    {
        string[] names =
        [
            _folder.Write("train_sft-00000-of-00002.jsonl", Rows.Many(3)), _folder.Write("train_sft-00001-of-00002.jsonl", Rows.Many(4, first: 10)),
            _folder.Write("test_sft.jsonl", Rows.Many(2, first: 20)),
        ];

        (int exitCode, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync(["validate", .. names]);

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Equal([("Train", 7), ("Test", 2)], document["splits"]!.AsArray().Select(split => ((string)split!["kind"]!, (int)split["rows"]!)));
    }

    [Fact]
    public async Task A_folder_is_read_in_Hugging_Faces_layout_and_what_is_no_data_is_left_alone()
    {
        foreach (string folder in new[] { "data/train", "data/test", ".git" })
        {
            Directory.CreateDirectory(_folder.Combine(folder));
        }

        _folder.Write("data/train/0000.jsonl", Rows.Many(3));
        _folder.Write("data/test/0000.jsonl", Rows.Many(2, first: 10));
        _folder.Write("README.md", "# Not data");
        _folder.Write("dataset_info.json", "{}");
        _folder.Write(".git/hidden.jsonl", "broken");

        (int exitCode, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync("validate", _folder.FullName);

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Equal([("Train", 3), ("Test", 2)], document["splits"]!.AsArray().Select(split => ((string)split!["kind"]!, (int)split["rows"]!)));
    }

    [Theory]
    [InlineData("it's [red]o'clock*?.jsonl")]
    [InlineData("Ünïcödé \U0001F600.jsonl")]
    [InlineData("back\\slash.jsonl")]
    [InlineData("back\\slash-00000-of-00001.jsonl")]
    public async Task A_files_name_may_be_anything_that_the_disk_allows(string name)
    {
        if (OperatingSystem.IsWindows())
        {
            name = name.Replace("*?", "", StringComparison.Ordinal).Replace('\\', '-');
        }

        (int exitCode, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync("validate", _folder.Write(name, Rows.Many(5)));

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.EndsWith(name, (string)document["report"]!["files"]![0]!["name"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("it's.parquet")]
    [InlineData("it's '; --.parquet")]
    [InlineData("back\\slash.parquet")]
    public async Task A_Parquet_files_name_may_be_anything_that_the_disk_allows(string name)
    {
        string path = _folder.Combine(OperatingSystem.IsWindows() ? name.Replace('\\', '-') : name);
        File.Copy(FineTuneProgram.Sample("support-chat.parquet"), path);

        (int exitCode, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync("validate", path);
        (int ofFolder, _) = await FineTuneProgram.InvokeForJsonAsync("validate", _folder.FullName);

        Assert.Equal((ExitCode.Success, ExitCode.Success), (exitCode, ofFolder));
        Assert.Equal(364, (int)document["report"]!["rows"]!);
    }

    [Fact]
    public async Task The_report_is_written_as_page_and_as_figures()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(5) + RowWithoutAnswer);
        string page = _folder.Combine("report.html");
        string figures = _folder.Write("report.JSON", "an old one");

        (int exitCode, _, _) = await FineTuneProgram.InvokeAsync("validate", name, "--report", page, "--report", figures);

        Assert.Equal(ExitCode.Findings, exitCode);
        Assert.StartsWith("<!DOCTYPE html>", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        Assert.Equal(6, (int)JsonNode.Parse(await File.ReadAllTextAsync(figures))!["rows"]!);
    }

    [Fact]
    public async Task A_report_never_replaces_the_dataset_by_whatever_path()
    {
        string rows = "[" + Rows.Good(1) + "," + Rows.Good(2) + "]";
        string name = _folder.Write("chat.json", rows);
        Directory.CreateSymbolicLink(_folder.Combine("link"), _folder.FullName);

        foreach (string report in new[] { name, _folder.Combine("link/chat.json"), _folder.Combine("missing/report.html"), _folder.FullName + ".d/../nowhere/report.json" })
        {
            (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync("validate", name, "--report", report);

            Assert.Equal(ExitCode.Failure, exitCode);
            Assert.Contains("DatasetReportUnsuitable", errors, StringComparison.Ordinal);
        }

        Assert.Equal(rows, await File.ReadAllTextAsync(name));
    }

    [Fact]
    public async Task Output_fits_80_columns_and_needs_no_colour()
    {
        string name = _folder.Write(new string('n', 100) + ".jsonl", Rows.Many(5) + RowWithToken + RowWithoutAnswer);

        (_, string refused, _) = await FineTuneProgram.InvokeAsync("validate", name, "--excerpts");
        (_, string valid, _) = await FineTuneProgram.InvokeAsync("validate", name, "--repair", "fix");

        Assert.All((refused + valid).Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.DoesNotContain('\u001b', refused + valid);
    }

    /// <summary>Standard output on a disk that is full.</summary>
    private sealed class FullWriter : StringWriter
    {
        public override void Write(char value) => throw new IOException("No space left on device.");

        public override void Write(char[] buffer, int index, int count) => throw new IOException("No space left on device.");

        public override void Write(string? value) => throw new IOException("No space left on device.");

        public override Task WriteLineAsync(string? value) => throw new IOException("No space left on device.");
    }
}
