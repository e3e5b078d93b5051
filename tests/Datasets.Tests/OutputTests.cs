using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using FineTune.Datasets.Reports;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Tests;

public class OutputTests
{
    [Theory]
    [InlineData(100, RowSelection.First, null)]
    [InlineData(40, RowSelection.First, null)]
    [InlineData(40, RowSelection.Sample, null)]
    [InlineData(100, RowSelection.First, 7)]
    [InlineData(50, RowSelection.First, 9)]
    public async Task The_row_map_leads_from_every_row_to_its_line(double percent, RowSelection selection, int? maxRows)
    {
        string[][] files = [[.. Workbench.Rows(70, "a"), "", "oops", .. Workbench.Rows(30, "b")], [.. Workbench.Rows(50, "c")]];
        using Workbench bench = new Workbench().Jsonl("x-0.jsonl", files[0]).Jsonl("x-1.jsonl", files[1]);

        DatasetPreparationResult result = await bench.PrepareAsync(Workbench.All with { SplitPercent = percent, Selection = selection, MaxRows = maxRows, TestPercent = 30 });

        Assert.Equal(2, result.Splits.Count);
        Assert.All(result.Splits, split =>
        {
            string[] rows = bench.Lines(split.FileName);
            var traced = new List<string>();
            foreach (string run in bench.Lines(split.RowMap!).Skip(1))
            {
                int[] numbers = [.. run.Split(',').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
                Assert.Equal(traced.Count + 1, numbers[0]);
                traced.AddRange(files[numbers[1]].Skip(numbers[2] - 1).Take(numbers[3]));
            }

            Assert.Equal(rows, traced);
            Assert.Equal(split.Rows, rows.Length);
            Assert.InRange(split.Rows, 1, maxRows ?? 150);
            Assert.Equal(split.Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(bench.Output, split.FileName)))));
        });
        Assert.Equal(result.Splits.Select(split => split.Rows), result.Report.Splits.Select(split => split.Rows));
        Assert.Equal(result.Report.Files.Select(file => file.Name), DatasetManifest.Of(Workbench.All, result).Sources.Select(file => file.Name));
    }

    [Fact]
    public async Task Statistics_are_those_of_the_rows_that_are_written()
    {
        using Workbench bench = new Workbench()
            .Jsonl("train.jsonl", Enumerable.Range(1, 101).Select(i => Workbench.Row($"question number {i}", new string('é', i))))
            .Jsonl("test.jsonl", Workbench.Row("Q", "A"));

        DatasetReport report = (await bench.PrepareAsync(Workbench.All)).Report;

        ValueDistribution characters = report.Splits[0].Characters;
        Assert.Equal((18, 69, 120L), (characters.Min, characters.Median, characters.Max));
        Assert.Equal(101, characters.Bins.Sum(bin => bin.Rows));
        Assert.Equal(2, report.Splits[0].Turns.Max);
        Assert.Equal([("system", 0L), ("user", 101L), ("assistant", 101L)], report.Splits[0].Roles.Select(role => (role.Key, role.Value)));
        Assert.True(report.Tokens!.IsEstimate);
        Assert.Equal(report.Splits[0].TotalTokens, report.Tokens.BillableTokens);
    }

    [Fact]
    public void Quantiles_are_right_to_one_percent()
    {
        var histogram = new Histogram();
        for (long value = 1; value <= 1_000_000; value += 7)
        {
            histogram.Add(value);
        }

        ValueDistribution distribution = histogram.Distribution();

        Assert.InRange(distribution.Median, 495_000, 505_000);
        Assert.InRange(distribution.P5, 49_500, 50_500);
        Assert.InRange(distribution.P95, 940_500, 959_500);
        Assert.Equal(142_858, distribution.Bins.Sum(bin => bin.Rows));
        Assert.All(distribution.Bins.Zip(distribution.Bins.Skip(1)), pair => Assert.Equal(pair.First.To + 1, pair.Second.From));
    }

    [Fact]
    public void Hashes_are_what_they_always_were()
    {
        // A split is a promise: these numbers must never change.
        RowHash hash = default(RowHash).Then(Encoding.UTF8.GetBytes("The quick brown fox jumps over the lazy dog, twice."), 2);
        RowHash chained = hash.Then([], 3);

        Assert.Equal("0dc57b08436c6477 394b15722a35b62b 8ee5661758501b02 a7236aef063cfe32", $"{hash.Division:x16} {hash.Sample:x16} {chained.Division:x16} {chained.Sample:x16}");
    }

    [Fact]
    public async Task The_report_page_is_well_formed_and_escapes_everything()
    {
        const string Evil = "<script>alert('1')</script>&\".jsonl";
        using Workbench bench = new Workbench { Options = new DatasetOptions { IncludeExcerpts = true, ContextLength = 30, Epochs = 2 } }
            .Jsonl(Evil, ["oops <b>", .. Workbench.Rows(200), """{"<i>":1,"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A "}]}"""]);

        DatasetPreparationResult result = await bench.PrepareAsync(Workbench.All with { Repair = RepairPolicy.Fix });
        string page = DatasetReportPage.Write(Evil, result);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<i>", page, StringComparison.Ordinal);
        var document = XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal)
            .Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal)
            .Replace("content=\"width=device-width\">", "content=\"\"/>", StringComparison.Ordinal)
            .Replace("'unsafe-inline'\">", "\"/>", StringComparison.Ordinal)
            .Replace("<br>", "<br/>", StringComparison.Ordinal));
        Assert.Equal(6, document.Descendants("svg").Count());
        Assert.All(document.Descendants("svg"), svg => Assert.Contains("median", svg.Attribute("aria-label")!.Value, StringComparison.Ordinal));
        Assert.Contains(document.Descendants("h1"), title => title.Value == $"Dataset {Evil}");
        Assert.Contains(document.Descendants("td"), cell => cell.Value == Evil[(Evil.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        Assert.Contains("An estimate", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_shows_each_codes_severity_and_next_step_the_worst_first()
    {
        string[] rows = [.. Workbench.Rows(30), Workbench.Row("q 1?", promptId: "q1"), Workbench.Row(" Q"), .. Enumerable.Repeat("oops", 50)];
        using Workbench bench = new Workbench().Jsonl("/data/sets/chat.jsonl", rows);

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { SplitPercent = 100 });
        string page = DatasetReportPage.Write("chat", result);

        string[] articles = page[..page.IndexOf("<h2>Valid rows", StringComparison.Ordinal)].Split("<article id=\"")[1..];
        Assert.Equal(["NotJson", "ExactDuplicate", "UntrimmedContent"], articles.Select(article => article[..article.IndexOf('"', StringComparison.Ordinal)]));
        Assert.Equal(["error", "warning", "information"], articles.Select(article => article.Split("<span class=\"badge ")[1].Split('"')[0]));
        Assert.All(articles, article => Assert.Contains(WebUtility.HtmlEncode(FindingAdvice.For(article.Split('"')[0])), article, StringComparison.Ordinal));
        Assert.Contains("The first 20 of 50; report.json has all.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("chat.jsonl", string.Concat(articles), StringComparison.Ordinal);
        Assert.Contains("In /data/sets/", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_names_a_file_once_for_its_findings_of_a_code_without_the_folders_that_all_share()
    {
        using Workbench bench = new Workbench().Jsonl("/data/a/train.jsonl", ["oops", "oops", .. Workbench.Rows(9)]).Jsonl("/data/b/test.jsonl", ["oops", .. Workbench.Rows(9, "t")]);

        string page = DatasetReportPage.Write("data", await bench.PrepareAsync());

        string article = page.Split("<article id=\"")[1];
        Assert.Equal(["a/train.jsonl", "b/test.jsonl"], article.Split("<th class=\"f\" colspan=\"3\">")[1..].Select(rest => rest[..rest.IndexOf('<', StringComparison.Ordinal)]));
    }

    [Fact]
    public async Task The_page_of_a_refused_dataset_shows_what_its_valid_rows_are_like()
    {
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", ["oops", .. Workbench.Rows(50)]);

        string page = DatasetReportPage.Write("chat", await bench.PrepareAsync(new DatasetRequest { SplitPercent = 100 }));

        Assert.Contains("These are the valid rows", page, StringComparison.Ordinal);
        Assert.Equal(6, page.Split("<svg").Length - 1);
        Assert.DoesNotContain("Trained on", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sink_gets_every_split_and_takes_back_what_was_refused()
    {
        var sink = new RecordingSink();
        using var bench = new Workbench();
        byte[] content = Encoding.UTF8.GetBytes(string.Join('\n', Workbench.Rows(100)));

        Task<DatasetPreparationResult> Prepare(byte[] bytes) => new DatasetPreparation(TimeProvider.System).PrepareAsync(
            [new DatasetFile("chat.jsonl", bytes.Length)], (_, _) => Task.FromResult<Stream>(new MemoryStream(bytes)), new DatasetRequest { SplitPercent = 100 }, sink, Path.Combine(bench.Folder, "tmp"));

        DatasetPreparationResult result = await Prepare(content);
        Assert.Equal(result.Splits, sink.Completed);
        Assert.All(result.Splits, split => Assert.Equal(split.Bytes, sink.Files[split.FileName].ToArray().Length));

        sink.Files.Clear();
        Assert.NotNull((await Prepare([.. content, .. "\n{}"u8])).Refusal);
        Assert.Empty(sink.Files);
        Assert.Equal(2, sink.Completed.Count);
    }

    [Fact]
    public void A_folder_is_searched_for_datasets_and_what_is_hidden_or_describes_them_is_left_out()
    {
        using var bench = new Workbench();
        string folder = Directory.CreateDirectory(Path.Combine(bench.Folder, "it's a \\ set")).FullName;
        Directory.CreateDirectory(Path.Combine(folder, "data", ".cache"));
        foreach (string name in (string[])["data/train-00000-of-00001.jsonl", "test.jsonl", "run.json", "dataset_info.json", "README.md", "data/.cache/x.jsonl"])
        {
            File.WriteAllText(Path.Combine(folder, name), "{}");
        }

        IReadOnlyList<DatasetFile> files = LocalDataset.Find([folder, Path.Combine(folder, "data", "..", "test.jsonl")]);

        Assert.Equal(["train-00000-of-00001.jsonl", "test.jsonl"], files.Select(file => Path.GetFileName(file.Name)));
        Assert.Equal("DatasetNotFound", Assert.Throws<UpstreamException>(() => LocalDataset.Find([Path.Combine(folder, "none")])).Failure.Code);
    }

    private sealed class RecordingSink : IDatasetSink
    {
        public Dictionary<string, MemoryStream> Files { get; } = new(StringComparer.Ordinal);

        public List<PreparedSplit> Completed { get; } = [];

        public Task<Stream> CreateAsync(string fileName, CancellationToken cancellationToken)
        {
            var stream = new MemoryStream();
            Files.Add(fileName, stream);
            return Task.FromResult<Stream>(stream);
        }

        public Task CompleteAsync(PreparedSplit split, CancellationToken cancellationToken)
        {
            Completed.Add(split);
            return Task.CompletedTask;
        }

        public Task DiscardAsync(string fileName)
        {
            Files.Remove(fileName);
            return Task.CompletedTask;
        }
    }
}
