using System.IO.Hashing;
using System.Text.Json.Nodes;
using FineTune.Datasets;
using FineTune.LocalHost.Commands;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.LocalHost.Tests;

public sealed class PrepareCommandTests : IDisposable
{
    private const string BadRow = """{"messages":[]}""" + "\n";

    private readonly TemporaryFolder _folder = new();

    private string Out => _folder.Combine("prepared");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_written_is_what_a_run_would_upload_with_where_it_comes_from()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(200));
        string service = Directory.CreateDirectory(_folder.Combine("service")).FullName;
        DatasetPreparationResult expected = await new DatasetPreparation(TimeProvider.System).PrepareAsync(
            [new DatasetFile(name, new FileInfo(name).Length)],
            static (file, _) => Task.FromResult<Stream>(File.OpenRead(file.Name)),
            new DatasetRequest { SplitPercent = 30, Selection = RowSelection.Sample, Seed = 7, TestPercent = 25, MaxRows = 40 },
            service);

        (int exitCode, string output, _) = await FineTuneProgram.InvokeAsync(
            "prepare", name, "--out", Out, "--split-percent", "30", "--selection", "sample", "--seed", "7", "--test-percent", "25", "--max-rows", "40");

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Contains("Written to", output, StringComparison.Ordinal);
        Assert.Equal(
            ["manifest.json", "report.html", "report.json", "test_sft.jsonl", "test_sft.rows.csv", "train_sft.jsonl", "train_sft.rows.csv"],
            Directory.EnumerateFileSystemEntries(Out).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.All(Directory.EnumerateFiles(service), file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(Out, Path.GetFileName(file)))));
        JsonNode manifest = Read("manifest.json");
        Assert.Equal(expected.Splits.Select(split => split.Sha256), manifest["splits"]!.AsArray().Select(split => (string)split!["sha256"]!));
        Assert.Equal(Convert.ToHexStringLower(XxHash128.Hash(await File.ReadAllBytesAsync(name))), (string?)manifest["sources"]![0]!["xxh128"]);
        Assert.Equal(7, (int)manifest["request"]!["seed"]!);
        Assert.Equal(200, (int)Read("report.json")["rows"]!);
        AssertNothingElse("chat.jsonl", "prepared", "service");
    }

    [Fact]
    public async Task What_was_prepared_is_valid_and_a_changed_row_is_logged()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(20) + BadRow + Rows.Good(50).Replace("assistant", "bot", StringComparison.Ordinal) + "\n");

        (int prepared, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync("prepare", name, "--out", Out, "--repair", "fix");
        (int validated, JsonNode again) = await FineTuneProgram.InvokeForJsonAsync("validate", Out);

        Assert.Equal((ExitCode.Success, ExitCode.Success), (prepared, validated));
        Assert.Equal(Path.GetFullPath(Out), Path.GetFullPath((string)document["folder"]!));
        Assert.Empty(again["report"]!["findings"]!.AsArray());
        Assert.Equal(21, (int)again["report"]!["rows"]!);
        string[] changes = await File.ReadAllLinesAsync(Path.Combine(Out, "changes.csv"));
        Assert.Equal(["Dropped,21,EmptyMessages", "MappedRole,22,UnknownRole"], changes[1..].Select(line => string.Join(',', line.Split(',').Where((_, column) => column != 1))));
    }

    [Fact]
    public async Task A_folder_without_a_name_is_not_understood()
    {
        (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync("prepare", _folder.Write("chat.jsonl", Rows.Many(20)), "--out", "");

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Contains("--out takes a folder", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_earlier_prepare_is_replaced_as_a_whole()
    {
        string first = _folder.Write("first.jsonl", Rows.Many(20) + BadRow);
        string second = _folder.Write("second.jsonl", Rows.Many(5, first: 100));
        await FineTuneProgram.InvokeAsync("prepare", first, "--out", Out, "--repair", "drop");
        Assert.True(File.Exists(Path.Combine(Out, "changes.csv")));

        (int exitCode, _, _) = await FineTuneProgram.InvokeAsync("prepare", second, "--out", Out);

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.False(File.Exists(Path.Combine(Out, "changes.csv")));
        Assert.Equal(5, (int)Read("report.json")["rows"]!);
        AssertNothingElse("first.jsonl", "second.jsonl", "prepared");
    }

    [Theory]
    [InlineData("notes.txt", "mine")]
    [InlineData("manifest.json", "{}")]
    [InlineData("manifest.json", "not json")]
    [InlineData("train_sft.jsonl", "mine")]
    public async Task A_folder_with_anything_else_is_refused_and_stays_as_it_is(string foreign, string content)
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(20));
        Directory.CreateDirectory(Out);
        await File.WriteAllTextAsync(Path.Combine(Out, foreign), content);

        (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync("prepare", name, "--out", Out);

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Contains("DatasetOutputNotEmpty", errors, StringComparison.Ordinal);
        Assert.Contains(foreign, errors, StringComparison.Ordinal);
        Assert.Contains("Next step", errors, StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllTextAsync(Assert.Single(Directory.EnumerateFileSystemEntries(Out))));
        AssertNothingElse("chat.jsonl", "prepared");
    }

    [Fact]
    public async Task A_file_of_a_persons_own_beside_prepared_ones_is_not_lost()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(20));
        await FineTuneProgram.InvokeAsync("prepare", name, "--out", Out);
        string notes = _folder.Write("prepared/notes.txt", "mine");

        (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync("prepare", name, "--out", Out);

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Contains("notes.txt", errors, StringComparison.Ordinal);
        Assert.True(File.Exists(notes));
    }

    [Fact]
    public async Task A_refused_dataset_leaves_nothing_and_an_earlier_prepare_as_it_was()
    {
        string good = _folder.Write("good.jsonl", Rows.Many(20));
        string bad = _folder.Write("bad.jsonl", Rows.Many(20) + BadRow);
        string other = _folder.Combine("other");

        (int refused, string output, _) = await FineTuneProgram.InvokeAsync("prepare", bad, "--out", other);
        await FineTuneProgram.InvokeAsync("prepare", good, "--out", Out);
        (int again, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync("prepare", bad, "--out", Out);

        Assert.Equal((ExitCode.Findings, ExitCode.Findings), (refused, again));
        Assert.Contains("Nothing was written", output, StringComparison.Ordinal);
        Assert.Null(document["folder"]);
        Assert.Equal(20, (int)Read("report.json")["rows"]!);
        AssertNothingElse("good.jsonl", "bad.jsonl", "prepared");
    }

    [Fact]
    public async Task A_dataset_that_cant_be_read_leaves_nothing()
    {
        string name = _folder.Write("chat.parquet", "no Parquet");

        (int exitCode, JsonNode document) = await FineTuneProgram.InvokeForJsonAsync("prepare", name, "--out", Out);

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Equal("Failed", (string?)document["outcome"]);
        AssertNothingElse("chat.parquet");
    }

    [Fact]
    public async Task The_folder_is_never_one_that_holds_the_source_a_report_or_the_current_folder()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(20));
        await FineTuneProgram.InvokeAsync("prepare", name, "--out", Out);
        Directory.CreateSymbolicLink(_folder.Combine("link"), Out);

        foreach (string[] arguments in new string[][]
        {
            [Path.Combine(Out, "train_sft.jsonl"), Path.Combine(Out, "test_sft.jsonl"), "--out", Out],
            [_folder.Combine("link"), "--out", Out],
            [Path.Combine(Out, "train_sft.jsonl"), Path.Combine(Out, "test_sft.jsonl"), "--out", _folder.Combine("link")],
            [name, "--out", Out, "--report", Path.Combine(Out, "report.html")],
            [name, "--out", "."],
            [name, "--out", ".."],
            [name, "--out", Path.GetPathRoot(_folder.FullName)!],
            [name, "--out", name],
            [name, "--out", Path.Combine(name, "below")],
        })
        {
            (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync(["prepare", .. arguments]);

            Assert.Equal(ExitCode.Failure, exitCode);
            Assert.Contains("DatasetOutputUnsuitable", errors, StringComparison.Ordinal);
        }

        Assert.Equal(20, (int)Read("report.json")["rows"]!);
        AssertNothingElse("chat.jsonl", "prepared", "link");
    }

    [Fact]
    public async Task A_link_to_an_empty_folder_stays_a_link()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(20));
        Directory.CreateDirectory(Out);
        string link = _folder.Combine("link");
        Directory.CreateSymbolicLink(link, Out);

        (int exitCode, _, _) = await FineTuneProgram.InvokeAsync("prepare", name, "--out", link);

        Assert.Equal(ExitCode.Success, exitCode);
        Assert.NotNull(new DirectoryInfo(link).LinkTarget);
        Assert.Equal(20, (int)Read("report.json")["rows"]!);
    }

    [Fact]
    public async Task What_a_killed_prepare_left_is_removed_and_what_it_was_about_to_replace_is_put_back()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(20));
        string bad = _folder.Write("bad.jsonl", BadRow);
        await FineTuneProgram.InvokeAsync("prepare", name, "--out", Out);
        string left = Directory.CreateDirectory(_folder.Combine(".prepared.preparing")).FullName;
        Directory.CreateDirectory(Path.Combine(left, "new"));
        await File.WriteAllTextAsync(Path.Combine(left, "new", "train_sft.jsonl"), "half");
        Directory.Move(Out, Path.Combine(left, "old"));

        (int exitCode, _, _) = await FineTuneProgram.InvokeAsync("prepare", bad, "--out", Out);

        Assert.Equal(ExitCode.Findings, exitCode);
        Assert.Equal(20, (int)Read("report.json")["rows"]!);
        AssertNothingElse("chat.jsonl", "bad.jsonl", "prepared");
    }

    [Fact]
    public async Task Of_two_that_write_one_folder_the_second_is_refused()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(20));
        Directory.CreateDirectory(_folder.Combine(".prepared.preparing"));
        await using var first = new FileStream(_folder.Combine(".prepared.preparing/lock"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);

        (int exitCode, _, string errors) = await FineTuneProgram.InvokeAsync("prepare", name, "--out", Out);

        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Contains("DatasetOutputInUse", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Out));
    }

    private JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Out, name)))!;

    private void AssertNothingElse(params string[] names) => Assert.Equal(
        names.Order(StringComparer.Ordinal), Directory.EnumerateFileSystemEntries(_folder.FullName).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
}
