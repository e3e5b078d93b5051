using System.Text;
using FineTune.Workflow.Contracts;

namespace FineTune.Datasets.Tests;

/// <summary>Each rule, broken by one row.</summary>
public class FindingTests
{
    private const string Good = """{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}""";
    private const string Other = """{"messages":[{"role":"user","content":"Hey"},{"role":"assistant","content":"Hello"}]}""";
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
        { $$"""{"messages":[{{Answer}},{{Question}},{{Answer}}]}""", FindingCode.FirstTurnNotUserOrSystem, "$.messages[0].role", 22 },
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
    [InlineData("chat.jsonl")]
    [InlineData("chat.json")]
    public async Task A_row_that_is_an_array_is_told_how_arrays_are_read(string name)
    {
        string[] rows = [Workbench.Row("Q"), $"[{Workbench.Row("R")}]"];
        using Workbench bench = new Workbench().Bytes(name, Encoding.UTF8.GetBytes(name == "chat.json" ? $"[{string.Join(',', rows)}]" : string.Join('\n', rows)));

        DatasetFinding finding = Assert.Single((await bench.PrepareAsync()).Report.Findings);

        Assert.Equal("A row must be an object; this is an array. (A file that is one array of objects is read when it is named .json.)", finding.Reason);
        Assert.Single((await bench.Clear().Bytes("chat.json", Encoding.UTF8.GetBytes(rows[1])).PrepareAsync()).Report.Splits);
    }

    [Theory]
    [MemberData(nameof(BadRows))]
    public async Task A_row_that_breaks_a_rule_is_reported_with_its_position(string row, FindingCode code, string? path, long column)
    {
        using Workbench bench = new Workbench().Jsonl("chat.jsonl", Good, "", row, Other);

        DatasetPreparationResult result = await bench.PrepareAsync();

        DatasetFinding finding = Assert.Single(result.Report.Findings);
        Assert.Equal(code.ToString(), finding.Code);
        Assert.Equal(path, finding.Path);
        Assert.Equal(column == 0 ? null : column, finding.Column);
        Assert.Equal(("chat.jsonl", 3L), (finding.File, finding.Row));
        Assert.Equal((3L, 1L), (result.Report.Rows, result.Report.InvalidRows));
        Assert.Equal(1, result.Report.FindingCounts[finding.Code]);
        Assert.Equal([Other, Good], bench.Train.Concat(bench.Test).Order(StringComparer.Ordinal));
        Assert.Equal(FindingSeverity.Error, finding.Severity);
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"system","content":"S"},{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}""")]
    [InlineData("""  {"messages" : [ {"content":"Q","role":"user"} ,	{"role":"assistant","content":"A" }], "prompt":"Q" }  """)]
    [InlineData("""{"prompt":null,"prompt_id":17,"messages":[{"role":"\u0075ser","content":"Q"},{"role":"assistant","content":"\ud83d\ude00 \\ud83d"}]}""")]
    [InlineData("""{"\u006dessages":[{"role":"user","content":"\u0041"},{"role":"assistant","content":"A"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":"¿Qué? 你好 😀"},{"role":"assistant","content":"\"quoted\""}]}""")]
    public async Task A_valid_row_is_copied_byte_for_byte(string row)
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl", row).Jsonl("test.jsonl", Other);

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Empty(result.Report.Findings);
        Assert.Equal(row, Assert.Single(bench.Train));
    }

    [Fact]
    public async Task Properties_that_nothing_reads_are_left_out_and_named()
    {
        using Workbench bench = new Workbench()
            .Jsonl("train.jsonl", """{"source":null,"messages":[{"content":"Q","role":"user","name":"x"},{"role":"assistant","content":"A/\u00e9\n!","weight":{"w":[1,2]}}],"prompt_id":17,"n":[1]}""")
            .Jsonl("test.jsonl", Other);

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal("Of 'train.jsonl' these properties are left out: source, n, name, weight.", Assert.Single(result.Report.Warnings));
        Assert.Equal("""{"messages":[{"content":"Q","role":"user"},{"content":"A/é\n!","role":"assistant"}],"prompt_id":17}""", Assert.Single(bench.Train));
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
            result.Report.Findings.Where(finding => finding.Severity == FindingSeverity.Error).Select(finding => (finding.Code, finding.Row)));
        Assert.Equal([Good, fits, Good], bench.Train);
    }

    [Fact]
    public async Task More_messages_than_the_limit_are_too_many()
    {
        using var bench = new Workbench { Limits = new DatasetLimits { MaxMessages = 2 } };
        bench.Jsonl("chat.jsonl", $$"""{"messages":[{{Question}},{{Answer}},{"role":"bot"},4]}""", Good, Other);

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
    public async Task All_findings_are_counted_and_the_first_ones_of_each_code_are_listed()
    {
        using var bench = new Workbench { Options = new DatasetOptions { MaxListedPerCode = 50 } };
        bench.Jsonl("chat.jsonl", [.. Enumerable.Repeat("{}", 105), "oops", Good, Other]);

        DatasetReport report = (await bench.PrepareAsync()).Report;

        Assert.Equal((105L, 1L), (report.FindingCounts["MissingMessages"], report.FindingCounts["NotJson"]));
        Assert.Equal([.. Enumerable.Repeat("MissingMessages", 50), "NotJson"], report.Findings.Select(finding => finding.Code));
        Assert.Equal((50L, 106L), (report.Findings[49].Row, report.Findings[50].Row));
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
            .Jsonl("train_sft.jsonl", Good).Jsonl("test_sft.jsonl", Other)
            .Jsonl("test_gen.jsonl", $$"""{"messages":[{{Question}}]}""");

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Empty(result.Report.Findings);
        Assert.Empty(result.Report.Warnings);
        Assert.Single(bench.Lines("test_gen.jsonl"));
    }

    public static TheoryData<string, FindingCode, string?, long> DoubtfulRows => new()
    {
        { $$"""{"messages":[{{Question}},{{Question}},{{Answer}}]}""", FindingCode.RolesDoNotAlternate, "$.messages[1].role", 52 },
        { $$"""{"messages":[{{Question}},{{Answer}},{{Question}}]}""", FindingCode.LastTurnNotAssistant, "$.messages[2].role", 87 },
        { $$"""{"messages":[{{Question}},{"role":"system","content":"S"},{{Answer}}]}""", FindingCode.SystemNotFirst, "$.messages[1].role", 52 },
        { """{"messages":[{"role":"user","content":"Q<|im_end|>"},{"role":"assistant","content":"A"}]}""", FindingCode.SpecialToken, "$.messages[0].content", 39 },
        { """{"messages":[{"role":"user","content":"Q\u0007"},{"role":"assistant","content":"A"}]}""", FindingCode.ControlCharacter, "$.messages[0].content", 39 },
        { Good, FindingCode.ExactDuplicate, null, 0 },
    };

    [Theory]
    [MemberData(nameof(DoubtfulRows))]
    public async Task A_row_that_is_doubtful_is_reported_and_kept(string row, FindingCode code, string? path, long column)
    {
        using Workbench bench = new Workbench().Jsonl("train.jsonl", Good, row).Jsonl("test.jsonl", Other);

        DatasetPreparationResult result = await bench.PrepareAsync(new DatasetRequest { SplitPercent = 100 });

        DatasetFinding finding = Assert.Single(result.Report.Findings);
        Assert.Equal((code.ToString(), FindingSeverity.Warning, path, column == 0 ? null : column, 2L), (finding.Code, finding.Severity, finding.Path, finding.Column, finding.Row));
        Assert.Equal([Good, row], bench.Train);
        Assert.Equal((0L, 1L), (result.Report.InvalidRows, result.Report.RowsWithWarnings));
    }

    [Fact]
    public async Task A_control_token_of_the_models_own_family_is_an_error()
    {
        using Workbench bench = new Workbench { Options = new DatasetOptions { Model = "Phi-4-mini-instruct" } }
            .Jsonl("chat.jsonl", Good, Other, """{"messages":[{"role":"user","content":"<|end|>"},{"role":"assistant","content":"[INST]"}]}""");

        DatasetFinding finding = Assert.Single((await bench.PrepareAsync()).Report.Findings);

        Assert.Equal(("SpecialToken", FindingSeverity.Error, "$.messages[0].content"), (finding.Code, finding.Severity, finding.Path));
    }

    [Fact]
    public async Task A_row_over_the_context_length_is_reported_and_counted_as_cut_off()
    {
        using Workbench bench = new Workbench { Options = new DatasetOptions { ContextLength = 100, Epochs = 3 } }
            .Jsonl("train.jsonl", Good, Workbench.Row("Why?", string.Concat(Enumerable.Repeat("because it is so ", 200)).TrimEnd())).Jsonl("test.jsonl", Other);

        DatasetPreparationResult result = await bench.PrepareAsync();

        Assert.Equal(("OverContextLength", 2L), (Assert.Single(result.Report.Findings).Code, result.Report.Findings[0].Row));
        SplitStatistics train = result.Report.Splits[0];
        Assert.Equal((1L, train.Tokens.Min + 100), (train.TruncatedRows, train.BillableTokens));
        Assert.Equal(3 * train.BillableTokens, result.Report.Tokens!.BillableTokens);
    }

    [Fact]
    public async Task A_row_that_says_nearly_the_same_is_found_and_one_on_the_same_subject_is_not()
    {
        string[] words = "the tall tree that stood there told a tale of lost trails and distant towns to those that listened long to its leaves".Split(' ');
        string Text(int seed) => string.Join(' ', Enumerable.Range(0, 400).Select(i => words[(int)(((i * 7919L * seed) + (i / 3 * seed) + (i * i / 17)) % words.Length)]));
        string story = Text(3);
        string edited = story.Replace("listened", "heard", StringComparison.Ordinal)[..^40] + " and that was the end of it";
        using Workbench bench = new Workbench()
            .Jsonl("train.jsonl", Workbench.Row("Tell me.", story), Workbench.Row("Tell me.", story.ToUpperInvariant()[..^3]), Workbench.Row("Tell me.", Text(5)))
            .Jsonl("test.jsonl", Workbench.Row("Tell me.", edited[..100] + story[100..]), Other);

        DatasetReport report = (await bench.PrepareAsync()).Report;

        Assert.Equal([("NearDuplicate", "train.jsonl", 2L), ("TrainTestLeakage", "test.jsonl", 1L)], report.Findings.Select(finding => (finding.Code, finding.File, finding.Row)));
        Assert.Contains("Row 1 says nearly the same", report.Findings[0].Reason, StringComparison.Ordinal);
        Assert.Contains("Row 1 of 'train.jsonl' says nearly the same and goes to the split Train, this one to Test", report.Findings[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Excerpts_show_the_form_of_what_stands_there_and_none_of_its_words()
    {
        using Workbench bench = new Workbench { Options = new DatasetOptions { IncludeExcerpts = true } }
            .Jsonl("chat.jsonl", """{"messages":[{"role":"user","content":"secret 42"},{"role":"assistant","content":7}]}""", Good, Other);

        DatasetFinding finding = Assert.Single((await bench.PrepareAsync()).Report.Findings);

        Assert.EndsWith("\"content\":0}]}", finding.Excerpt, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", finding.Excerpt, StringComparison.Ordinal);
    }
}
