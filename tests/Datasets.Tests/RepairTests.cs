using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Tests;

public class RepairTests
{
    private const string Good = """{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}""";
    private const string Other = """{"messages":[{"role":"user","content":"Hey"},{"role":"assistant","content":"Hello"}]}""";

    /// <summary>Row, what becomes of it, and the changes that are told.</summary>
    public static TheoryData<string, string, string> Repairable => new()
    {
        { """{"messages":[{"role":"User","content":"Q"},{"role":"bot","content":"A"}]}""", """{"messages":[{"content":"Q","role":"user"},{"content":"A","role":"assistant"}]}""", "MappedRole" },
        { """{"prompt":"P","messages":[{"role":"user","content":" Q\n"},{"role":"assistant","content":"A"}],"prompt_id":7}""", """{"prompt":"P","messages":[{"content":"Q","role":"user"},{"content":"A","role":"assistant"}],"prompt_id":7}""", "TrimmedContent" },
        { """{"messages":[{"role":"user","content":"Q\u0000<|im_end|>!"},{"role":"assistant","content":"A"}]}""", """{"messages":[{"content":"Q!","role":"user"},{"content":"A","role":"assistant"}]}""", "RemovedControlCharacters,RemovedSpecialTokens" },
        { """{"messages":[{"role":"user","content":"Q"},{"role":"user","content":"R"},{"role":"assistant","content":"A"}]}""", """{"messages":[{"content":"Q\n\nR","role":"user"},{"content":"A","role":"assistant"}]}""", "MergedTurns" },
        { """{"messages":[{"role":"assistant","content":"W"},{"role":"user","content":"Q"},{"role":"assistant","content":"A"},{"role":"user","content":"R"}]}""", """{"messages":[{"content":"Q","role":"user"},{"content":"A","role":"assistant"}]}""", "RemovedLeadingAnswer,RemovedUnansweredTurn" },
        { """{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":""},{"role":"assistant","content":null},{"role":"assistant","content":"A"}]}""", """{"messages":[{"content":"Q","role":"user"},{"content":"A","role":"assistant"}]}""", "RemovedEmptyMessage" },
    };

    [Theory]
    [MemberData(nameof(Repairable))]
    public async Task Fix_repairs_a_row_and_tells_each_change(string row, string repaired, string changes)
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl", Good, row).Jsonl("test.jsonl", Other);

        DatasetReport report = (await bench.PrepareAsync(new DatasetRequest { SplitPercent = 100, Repair = RepairPolicy.Fix })).Report;

        Assert.Equal([Good, repaired], bench.Train);
        Assert.Equal((1L, 0L, 0L), (report.FixedRows, report.InvalidRows, report.DroppedRows));
        Assert.Equal(changes.Split(','), report.ChangeCounts.Keys);
        Assert.All(report.Changes, change => Assert.Equal(("train.jsonl", 2L), (change.File, change.Row)));
        Assert.Equal(["change,file,row,because", .. report.Changes.Select(change => $"{change.Change},\"train.jsonl\",2,{change.Because}")], bench.Lines("changes.csv"));
        Assert.NotEmpty(report.Findings);
    }

    [Theory]
    [InlineData("oops", "NotJson")]
    [InlineData("""{"instruction":null,"input":"1 and 2","output":"3 "}""", "EmptyMessages")]
    [InlineData("""{"messages":[{"role":"wizard","content":"Q"},{"role":"assistant","content":"A"}]}""", "UnknownRole")]
    [InlineData("""{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":["A"]}]}""", "ContentNotAString")]
    [InlineData("""{"messages":[{"role":"user","content":" "},{"role":"assistant","content":" "}]}""", "EmptyMessages")]
    public async Task Fix_drops_what_it_can_not_repair(string row, string because)
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl", Good, row).Jsonl("test.jsonl", Other);

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { SplitPercent = 100, Repair = RepairPolicy.Fix });

        Assert.Null(result.Refusal);
        Assert.Equal([Good], bench.Train);
        Assert.Equal(1, result.Report.InvalidRows);
        Assert.Contains(new RowChange("Dropped", "train.jsonl", 2, because), result.Report.Changes);
    }

    [Fact]
    public async Task A_row_that_is_a_duplicate_once_it_is_repaired_is_dropped_and_not_repaired()
    {
        const string Untrimmed = """{"messages":[{"role":"user","content":" Hi"},{"role":"assistant","content":"Hello"}]}""";
        using Workbench bench = new Workbench().Jsonl("train.jsonl", Good, Untrimmed, Good).Jsonl("test.jsonl", Other);

        DatasetReport report = (await bench.PrepareAsync(new DatasetRequest { SplitPercent = 100, Repair = RepairPolicy.Fix })).Report;

        Assert.Equal([Good], bench.Train);
        Assert.Equal((0L, 2L, 0L), (report.FixedRows, report.DroppedRows, report.InvalidRows));
        Assert.Equal([new RowChange("Dropped", "train.jsonl", 2, "ExactDuplicate"), new RowChange("Dropped", "train.jsonl", 3, "ExactDuplicate")], report.Changes);
    }

    [Fact]
    public async Task Drop_leaves_out_errors_warnings_and_duplicates_and_nothing_else()
    {
        const string Untrimmed = """{"messages":[{"role":"user","content":" Q"},{"role":"assistant","content":"A"}]}""";
        using Workbench bench = new Workbench()
            .Jsonl("train.jsonl", Good, "{}", Good, Untrimmed, """{"messages":[{"role":"user","content":"Q"},{"role":"user","content":"R"},{"role":"assistant","content":"A"}]}""")
            .Jsonl("test.jsonl", Other, Good);

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { SplitPercent = 100, Repair = RepairPolicy.Drop });

        Assert.Null(result.Refusal);
        Assert.Equal([Good, Untrimmed], bench.Train);
        Assert.Equal([Other], bench.Test);
        Assert.Equal((1L, 3L), (result.Report.InvalidRows, result.Report.DroppedRows));
        Assert.Equal(["MissingMessages", "ExactDuplicate", "RolesDoNotAlternate", "TrainTestLeakage"], result.Report.Changes.Select(change => change.Because));
    }

    [Fact]
    public async Task Report_changes_nothing_and_writes_no_log()
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl", Good, Good).Jsonl("test.jsonl", Other);

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { SplitPercent = 100 });

        Assert.Equal([Good, Good], bench.Train);
        Assert.Empty(result.Report.Changes);
        Assert.False(File.Exists(Path.Combine(bench.Output, "changes.csv")));
    }
}
