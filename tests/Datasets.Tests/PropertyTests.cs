using System.Globalization;
using FineTune.Workflow.Contracts;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Datasets.Tests;

/// <summary>What holds for any dataset.</summary>
public class PropertyTests
{
    private static readonly string[] Lines =
        ["", "oops", "{}", """{"messages":[]}""", """{"messages":[{"role":"user","content":"Q"}]}""", """{"messages":[{"role":"bot","content":"Q"}]}"""];

    /// <summary>Good rows, rows that are repaired (some of them into copies of others), and rows that can't be.</summary>
    private static readonly string[] Repairable =
    [
        """{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}""",
        """{"messages":[{"role":"user","content":" Q"},{"role":"assistant","content":"A"}]}""",
        """{"messages":[{"role":"User","content":"Q"},{"role":"bot","content":"A\u0000"}]}""",
        """{"messages":[{"role":"user","content":"R"},{"role":"user","content":"S"},{"role":"assistant","content":"A"}]}""",
        """{"messages":[{"role":"user","content":"R\n\nS"},{"role":"assistant","content":"A"},{"role":"user","content":"T"}]}""",
        """{"messages":[{"role":"user","content":"U"},{"role":"assistant","content":"A"},{"role":"system","content":"S"},{"role":"user","content":"T"}]}""",
        """{"messages":[{"role":"assistant","content":" W"},{"role":"user","content":"V"}]}""",
        """{"messages":[{"role":"wizard","content":" Q"},{"role":"assistant","content":"A"}]}""",
        "oops",
    ];

    [Fact]
    public void Any_order_and_any_sharding_of_the_same_rows_gives_the_same_splits()
    {
        Gen<(int Rows, int Seed, int Shards, int TestPercent, int SplitPercent)> datasets =
            from rows in Gen.Choose(3, 60) // Of two, one may be the other again: then there is nothing to test with.
            from seed in Gen.Choose(0, 10_000)
            from shards in Gen.Choose(1, 7)
            from testPercent in Gen.Choose(1, 50)
            from splitPercent in Gen.Choose(1, 100)
            select (rows, seed, shards, testPercent, splitPercent);

        Check(datasets, async dataset =>
        {
            var request = new DatasetRequest
            {
                SplitPercent = dataset.SplitPercent,
                Selection = RowSelection.Sample,
                Seed = dataset.Seed,
                TestPercent = dataset.TestPercent,
            };
            string[] rows = [.. Enumerable.Range(0, dataset.Rows).Select(i => Row(dataset.Seed + i))];
            var random = new Random(dataset.Seed);
            using Workbench bench = new Workbench().Jsonl("chat.jsonl", rows);
            await bench.PrepareAsync(request);
            (string[] train, string[] test) = (bench.Train, bench.Test);

            random.Shuffle(rows);
            bench.Clear();
            foreach (IGrouping<int, string> shard in rows.GroupBy(_ => random.Next(dataset.Shards)))
            {
                bench.Jsonl($"chat-{shard.Key:00000}.jsonl", shard);
            }

            await bench.PrepareAsync(request);

            Assert.NotEmpty(train);
            Assert.NotEmpty(test);
            Assert.Equal(train.Order(StringComparer.Ordinal), bench.Train.Order(StringComparer.Ordinal));
            Assert.Equal(test.Order(StringComparer.Ordinal), bench.Test.Order(StringComparer.Ordinal));
        });
    }

    [Fact]
    public void Counts_add_up_whatever_the_rows_and_the_request()
    {
        Gen<(int[] Kinds, double Percent, RowSelection Selection, bool Split)> datasets =
            from kinds in Gen.ArrayOf(Gen.Choose(-6, Lines.Length - 1))
            from percent in Gen.Choose(1, 1000)
            from selection in Gen.Elements(RowSelection.First, RowSelection.Sample)
            from split in Gen.Elements(true, false)
            select (kinds, percent / 10.0, selection, split);

        Check(datasets, async dataset =>
        {
            string[] rows = [.. dataset.Kinds.Select((kind, i) => kind < 0 ? Row(i) : Lines[kind])];
            int blank = rows.Count(row => row.Length == 0);
            int valid = dataset.Kinds.Count(kind => kind < 0);
            using var bench = new Workbench();
            bench.Jsonl(dataset.Split ? "train.jsonl" : "chat.jsonl", [.. rows, Row(-1)]).Jsonl(dataset.Split ? "test.jsonl" : "more.jsonl", Row(-2));

            DatasetPreparationResult result = await bench.PrepareAsync(
                new DatasetRequest { SplitPercent = dataset.Percent, Selection = dataset.Selection, MaxInvalidPercent = 100 });

            Assert.Null(result.Refusal);
            DatasetReport report = result.Report;
            Assert.Equal(rows.Length - blank + 2, report.Rows);
            Assert.Equal(valid + 2, report.Rows - report.InvalidRows);
            Assert.Equal(report.Rows, report.InvalidRows + report.UnselectedRows + result.Splits.Sum(split => split.Rows));
            Assert.Equal(report.Rows, report.Files.Sum(file => file.Rows));
            Assert.Equal(report.InvalidRows, report.Findings.Where(finding => finding.Severity == FindingSeverity.Error).Select(finding => (finding.File, finding.Row)).Distinct().Count());
            Assert.Equal(report.FindingCounts.Values.Sum(), report.Findings.Count);
            Assert.All(result.Splits, split => Assert.Equal(split.Rows, bench.Lines(split.FileName).Length));
        });
    }

    [Fact]
    public void With_fix_every_row_is_fixed_untouched_dropped_or_invalid_and_the_log_says_the_same()
    {
        Gen<(int[] Kinds, RepairPolicy Repair)> datasets =
            from kinds in Gen.ArrayOf(Gen.Choose(0, Repairable.Length - 1))
            from repair in Gen.Elements(RepairPolicy.Fix, RepairPolicy.Drop)
            select (kinds, repair);

        Check(datasets, async dataset =>
        {
            string[] rows = [.. dataset.Kinds.Select(kind => Repairable[kind])];
            using Workbench bench = new Workbench().Jsonl("train.jsonl", [.. rows, Row(-1)]).Jsonl("test.jsonl", [Row(-2), .. rows.Take(3)]);
            string[] read = [.. rows, Row(-1), Row(-2), .. rows.Take(3)];

            DatasetPreparationResult result = await bench.PrepareAsync(Workbench.All with { Repair = dataset.Repair });

            DatasetReport report = result.Report;
            HashSet<string> before = [.. read];
            long untouched = bench.Train.Concat(bench.Test).LongCount(before.Contains);
            Assert.Equal(report.Rows, report.FixedRows + untouched + report.DroppedRows + report.InvalidRows);
            Assert.Equal(report.FixedRows + untouched, result.Splits.Sum(split => split.Rows));
            Assert.Equal(report.DroppedRows + report.InvalidRows, report.ChangeCounts.GetValueOrDefault("Dropped"));
            Assert.Equal(
                report.FixedRows, report.Changes.Where(change => change.Change != "Dropped").Select(change => (change.File, change.Row)).Distinct().Count());
            Assert.All(
                report.Changes.GroupBy(change => (change.File, change.Row)),
                row => Assert.True(row.Count() == 1 || row.All(change => change.Change != "Dropped"), $"{row.Key} was changed and dropped."));
            Assert.Equal(report.ChangeCounts.Values.Sum() + (report.ChangeCounts.Count > 0 ? 1 : 0), bench.Lines("changes.csv").Length);
        });
    }

    [Fact]
    public void Output_prepared_again_is_clean_and_the_same()
    {
        Gen<int[]> datasets = Gen.ArrayOf(Gen.Choose(-20, Lines.Length - 1));

        Check(datasets, async kinds =>
        {
            using Workbench bench = new Workbench().Jsonl("chat.jsonl", [.. kinds.Select((kind, i) => kind < 0 ? "  " + Row(i) + "\r" : Lines[kind]), Row(-1), Row(-2)]);
            DatasetPreparationResult first = await bench.PrepareAsync(Workbench.All with { Repair = RepairPolicy.Fix });
            bench.Clear();
            foreach (PreparedSplit split in first.Splits)
            {
                bench.Bytes(split.FileName, await File.ReadAllBytesAsync(Path.Combine(bench.Output, split.FileName)));
            }

            DatasetPreparationResult second = await bench.PrepareAsync(new DatasetRequest { SplitPercent = 100 });

            Assert.Empty(second.Report.FindingCounts);
            Assert.Equal(first.Splits, second.Splits);
        });
    }

    /// <summary>Every third row has no prompt_id, every seventh stands twice.</summary>
    private static string Row(int i)
    {
        int n = i % 7 == 0 ? i + 1 : i;
        string text = n.ToString(CultureInfo.InvariantCulture);
        return Workbench.Row($"Question \"{text}\"\n", $"Antwort für {text}", n % 3 == 0 ? null : text);
    }

    private static void Check<T>(Gen<T> gen, Func<T, Task> property) =>
        Prop.ForAll(gen.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
}
