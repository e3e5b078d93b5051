using System.Text;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Tests;

/// <summary>Each rule, broken by one row.</summary>
public class FindingTests
{
    private const string Good = """{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}""";
    private const string Answer = """{"role":"assistant","content":"A"}""";
    private const string Question = """{"role":"user","content":"Q"}""";

    /// <summary>Row, code, path, column (0: none).</summary>
    public static TheoryData<string, FindingCode, string?, long> BadRows => new()
    {
        { "hello", FindingCode.NotJson, null, 1 },
        { "  hello", FindingCode.NotJson, null, 3 },
        { "{'messages':[]}", FindingCode.NotJson, null, 2 },
        { """{"messages":[""", FindingCode.NotJson, null, 14 },
        { """{"messages":[],}""", FindingCode.NotJson, null, 16 },
        { Good + Good, FindingCode.NotJson, null, Good.Length + 1 },
        { Good + ",", FindingCode.NotJson, null, Good.Length + 1 },
        { """{"messages":[{"role":"bot","content":1}], oops}""", FindingCode.NotJson, null, 43 },
        { "[]", FindingCode.NotAnObject, null, 1 },
        { "42", FindingCode.NotAnObject, null, 1 },
        { "\"text\"", FindingCode.NotAnObject, null, 1 },
        { "null", FindingCode.NotAnObject, null, 1 },
        { "{}", FindingCode.MissingMessages, "$.messages", 0 },
        { """{"Messages":[]}""", FindingCode.MissingMessages, "$.messages", 0 },
        { """{"messages":null}""", FindingCode.MissingMessages, "$.messages", 13 },
        { """{"messages":"[]"}""", FindingCode.MessagesNotAnArray, "$.messages", 13 },
        { """{"messages":{"role":"user"}}""", FindingCode.MessagesNotAnArray, "$.messages", 13 },
        { """{"messages":[]}""", FindingCode.EmptyMessages, "$.messages", 13 },
        { $$"""{"messages":["Hi",{{Answer}}]}""", FindingCode.MessageNotAnObject, "$.messages[0]", 14 },
        { $$"""{"messages":[{{Question}},[{"role":1}]]}""", FindingCode.MessageNotAnObject, "$.messages[1]", 44 },
        { $$"""{"messages":[{"content":"Q"},{{Answer}}]}""", FindingCode.MissingRole, "$.messages[0].role", 14 },
        { $$"""{"messages":[{"role":null,"content":"Q"},{{Answer}}]}""", FindingCode.MissingRole, "$.messages[0].role", 22 },
        { $$"""{"messages":[{"role":"human","content":"Q"},{{Answer}}]}""", FindingCode.UnknownRole, "$.messages[0].role", 22 },
        { $$"""{"messages":[{"role":"User","content":"Q"},{{Answer}}]}""", FindingCode.UnknownRole, "$.messages[0].role", 22 },
        { $$"""{"messages":[{"role":{"a":[1]},"content":"Q"},{{Answer}}]}""", FindingCode.UnknownRole, "$.messages[0].role", 22 },
        { $$"""{"messages":[{{Question}},{"role":"assistant"}]}""", FindingCode.MissingContent, "$.messages[1].content", 44 },
        { $$"""{"messages":[{{Question}},{"role":"assistant","content":null}]}""", FindingCode.MissingContent, "$.messages[1].content", 44 },
        { $$"""{"messages":[{{Question}},{"role":"assistant","content":["A"]}]}""", FindingCode.ContentNotAString, "$.messages[1].content", 74 },
        { $$"""{"messages":[{{Question}},{"role":"assistant","content":""}]}""", FindingCode.EmptyContent, "$.messages[1].content", 74 },
        { $$"""{"messages":[{{Question}},{"role":"assistant","content":" \n\t\r "}]}""", FindingCode.EmptyContent, "$.messages[1].content", 74 },
        { $$"""{"messages":[{{Answer}},{{Question}}]}""", FindingCode.FirstTurnNotUserOrSystem, "$.messages[0].role", 22 },
        { $$"""{"messages":[{{Question}}]}""", FindingCode.NoAssistantMessage, "$.messages", 13 },
        { $$"""{"prompt":["Q"],"messages":[{{Question}},{{Answer}}]}""", FindingCode.InvalidPrompt, "$.prompt", 11 },
        { $$"""{"prompt_id":true,"messages":[{{Question}},{{Answer}}]}""", FindingCode.InvalidPromptId, "$.prompt_id", 14 },
        { $$"""{"messages":[{{Question}},{{Answer}}],"messages":[{{Question}},{{Answer}}]}""", FindingCode.DuplicateProperty, "$.messages", 80 },
        { $$"""{"messages":[{"role":"user","role":"user","content":"Q"},{{Answer}}]}""", FindingCode.DuplicateProperty, "$.messages[0].role", 29 },
        { $$"""{"messages":[{"role":"user","content":"\ud83d!"},{{Answer}}]}""", FindingCode.LoneSurrogate, null, 40 },
        { $$"""{"messages":[{"role":"user","content":"\\\ud83d\ude00\ude00"},{{Answer}}]}""", FindingCode.LoneSurrogate, null, 54 },
        { """{"\ud83d":1}""", FindingCode.LoneSurrogate, null, 3 },
        { """{"\u12g4":1}""", FindingCode.NotJson, null, 7 },
        { """{"a":"\u00""", FindingCode.NotJson, null, 11 },
        { """{"a":"\""", FindingCode.NotJson, null, 8 },
        { new string('[', 70) + new string(']', 70), FindingCode.NestedTooDeep, null, 65 },
        { $$"""{"more":{{new string('[', 64)}}{{new string(']', 64)}},"messages":[{{Question}},{{Answer}}]}""", FindingCode.NestedTooDeep, null, 72 },
    };

    [Theory]
    [MemberData(nameof(BadRows))]
    public async Task A_row_that_breaks_a_rule_is_reported_with_its_position(string row, FindingCode code, string? path, long column)
    {
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", Good, "", row, Good);

        DatasetPreparationResult result = await bench.PrepareAsync();

        DatasetFinding finding = Assert.Single(result.Report.Findings);
        Assert.Equal(code.ToString(), finding.Code);
        Assert.Equal(path, finding.Path);
        Assert.Equal(column == 0 ? null : column, finding.Column);
        Assert.Equal(("chat.jsonl", 3L), (finding.File, finding.Row));
        Assert.Equal((3L, 1L), (result.Report.Rows, result.Report.InvalidRows));
        Assert.Equal(1, result.Report.FindingCounts[finding.Code]);
        Assert.Equal([Good, Good], [.. bench.Train, .. bench.Test]);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}""")]
    [InlineData("""  {"messages" : [ {"content":"Q","role":"user","name":"x"} , {"role":"assistant","content":"A","weight":{"w":[1,2]}}], "source":null}  """)]
    [InlineData("""{"prompt":null,"prompt_id":17,"messages":[{"role":"\u0075ser","content":"Q"},{"role":"assistant","content":"\ud83d\ude00 \\ud83d"}]}""")]
    [InlineData("""{"\u006dessages":[{"role":"user","content":"\u0041"},{"role":"assistant","content":"A"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":"¿Qué? 你好 😀"},{"role":"assistant","content":"\"quoted\""}]}""")]
    public async Task A_valid_row_is_copied_byte_for_byte(string row)
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl", row).Jsonl("test.jsonl", Good);

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Empty(result.Report.Findings);
        Assert.Equal(row, Assert.Single(bench.Train));
    }

    [Fact]
    public async Task Bytes_that_are_not_Utf8_are_reported_at_the_first_of_them()
    {
        byte[] row = [.. "{\"messages\":\""u8, 0xC3, 0xA9, 0xE9, .. "\"}\n"u8];
        using Workbench bench = new Workbench().Bytes("chat.jsonl", [.. row, .. Encoding.UTF8.GetBytes(Good + "\n")]);

        DatasetFinding finding = Assert.Single((await bench.PrepareAsync()).Report.Findings);

        Assert.Equal((nameof(FindingCode.NotUtf8), 1L, 16L), (finding.Code, finding.Row, finding.Column));
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(1_048_576)]
    [InlineData(3_500_000)]
    public async Task A_row_over_the_limit_is_skipped_and_the_next_one_is_read(int limit)
    {
        using var bench = new Workbench { Limits = new DatasetLimits { MaxRowBytes = limit } };
        string fits = Workbench.Row("Q", new string('x', limit - Workbench.Row("Q", "").Length));
        bench.Bytes("train.jsonl", Encoding.UTF8.GetBytes($"{Good}\r\n{fits}\r\n{fits} \r\n{fits}{fits}\r\n\r\n{Good}\n{fits}   "))
            .Jsonl("test.jsonl", Good);

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal([(nameof(FindingCode.RowTooLong), 3L), (nameof(FindingCode.RowTooLong), 4L), (nameof(FindingCode.RowTooLong), 7L)],
            result.Report.Findings.Select(finding => (finding.Code, finding.Row)));
        Assert.Equal([Good, fits, Good], bench.Train);
    }

    [Fact]
    public async Task More_messages_than_the_limit_are_too_many()
    {
        using var bench = new Workbench { Limits = new DatasetLimits { MaxMessages = 2 } };
        bench.Jsonl("chat.jsonl", $$"""{"messages":[{{Question}},{{Answer}},{"role":"bot"},4]}""", Good, Good);

        DatasetFinding finding = Assert.Single((await bench.PrepareAsync()).Report.Findings);

        Assert.Equal((nameof(FindingCode.TooManyMessages), "$.messages", 79L), (finding.Code, finding.Path, finding.Column));
    }

    [Fact]
    public async Task A_row_gets_each_code_once_and_several_codes_in_order()
    {
        using Workbench bench = new Workbench()
            .Jsonl("chat.jsonl", """{"messages":[{"role":"bot","content":""},{"role":"bot","content":""},{"content":"x"}],"prompt":1}""");

        DatasetReport report = (await bench.PrepareAsync()).Report;

        Assert.Equal(["EmptyContent", "InvalidPrompt", "MissingRole", "UnknownRole"], report.FindingCounts.Keys);
        Assert.All(report.FindingCounts.Values, count => Assert.Equal(1, count));
        Assert.Equal(["UnknownRole", "EmptyContent", "MissingRole", "InvalidPrompt"], report.Findings.Select(finding => finding.Code));
        Assert.Equal(1, report.InvalidRows);
    }

    [Fact]
    public async Task All_findings_are_counted_and_ten_thousand_are_listed()
    {
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", Enumerable.Repeat("{}", 10_005));

        DatasetReport report = (await bench.PrepareAsync()).Report;

        Assert.Equal(10_005, report.FindingCounts["MissingMessages"]);
        Assert.Equal(10_000, report.Findings.Count);
        Assert.Equal(10_000, report.Findings[^1].Row);
    }

    [Fact]
    public async Task No_finding_quotes_the_row()
    {
        const string Secret = "tr0ub4dor";
        using Workbench bench = new Workbench().Jsonl("chat.jsonl",
            Secret,
            $$"""{"messages":[{"role":"{{Secret}}","content":["{{Secret}}"]}],"prompt":["{{Secret}}"],"prompt_id":["{{Secret}}"]}""",
            $$"""{"messages":{"{{Secret}}":1},"{{Secret}}":{{Secret}}}""",
            $$"""{"messages":{"{{Secret}}":1} }""");

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest());

        Assert.Equal(4, result.Report.InvalidRows);
        Assert.DoesNotContain(Secret, System.Text.Json.JsonSerializer.Serialize(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generation_splits_may_end_before_the_answer()
    {
        using Workbench bench = new Workbench()
            .Jsonl("train_sft.jsonl", Good).Jsonl("test_sft.jsonl", Good)
            .Jsonl("test_gen.jsonl", $$"""{"messages":[{{Question}}]}""");

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Empty(result.Report.Findings);
        Assert.Empty(result.Report.Warnings);
        Assert.Single(bench.Lines("test_gen.jsonl"));
    }

    [Fact]
    public async Task Turns_that_do_not_alternate_or_stay_unanswered_are_warnings()
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl",
            Good,
            $$"""{"messages":[{{Question}},{{Question}},{{Answer}}]}""",
            $$"""{"messages":[{{Question}},{{Answer}},{{Question}}]}""").Jsonl("test.jsonl", Good);

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal(0, result.Report.InvalidRows);
        Assert.Equal(2, result.Report.Warnings.Count);
        Assert.Contains("In 1 rows (the first is row 2 of 'train.jsonl') two turns of the same role", result.Report.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("row 3 of 'train.jsonl') the last turn is not the assistant's", result.Report.Warnings[1], StringComparison.Ordinal);
    }
}
