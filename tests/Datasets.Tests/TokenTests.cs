using System.Text;
using FineTune.Datasets.Rows;
using FineTune.Workflow.Contracts;
using Microsoft.ML.Tokenizers;

namespace FineTune.Datasets.Tests;

/// <summary>Tokens are counted where the model's vocabulary is at hand, and otherwise said to be estimated.</summary>
public class TokenTests
{
    private static readonly string[] Pieces =
        ["word", " word", " ", "  ", "\n", "\n\n", "\r\n", "\t", "don't", "I'M", "12345", "...", " (x)", "!?\n", "/", "é", "日本語", "한국어", "👩‍🚀", "العربية", "----", "a.b.c", "\u00a0", "\u3000", "'", " 's"];

    /// <summary>The counts that OpenAI's cookbook gives for tiktoken ("How to count tokens with tiktoken").</summary>
    [Theory]
    [InlineData("Phi-4-mini-instruct", "antidisestablishmentarianism", 6)]
    [InlineData("Phi-4-mini-instruct", "2 + 2 = 4", 7)]
    [InlineData("Phi-4-mini-instruct", "お誕生日おめでとう", 8)]
    [InlineData("phi-4", "antidisestablishmentarianism", 6)]
    [InlineData("Phi-4", "2 + 2 = 4", 7)]
    [InlineData("Phi-4", "お誕生日おめでとう", 9)]
    public async Task Tokens_are_those_of_the_models_vocabulary_and_template(string model, string text, int tokens)
    {
        using Workbench bench = new Workbench { Options = new DatasetOptions { Model = model } }
            .Jsonl("train.jsonl", Workbench.Row(text, "2 + 2 = 4")).Jsonl("test.jsonl", Workbench.Row("Q", "A"));

        DatasetReport report = (await bench.PrepareAsync(Workbench.All)).Report;

        Assert.Equal(tokens + 7 + (model.Equals("Phi-4", StringComparison.OrdinalIgnoreCase) ? 4 + 4 : 2 + 2 + 1), report.Splits[0].TotalTokens);
        Assert.Equal((false, null, 2L), (report.Tokens!.IsEstimate, report.Tokens.ErrorPercent, report.Tokens.CountedRows));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Phi-3-mini-4k-instruct")]
    [InlineData("Mistral-7B-Instruct-v0.3")]
    public async Task Tokens_of_other_models_are_estimated_and_said_to_be(string? model)
    {
        using Workbench bench = new Workbench { Options = new DatasetOptions { Model = model } }.Jsonl("train.jsonl", Workbench.Rows(3)).Jsonl("test.jsonl", Workbench.Row("Q", "A"));

        TokenReport tokens = (await bench.PrepareAsync(Workbench.All)).Report.Tokens!;

        Assert.Equal((true, TokenEstimate.ErrorPercent, null), (tokens.IsEstimate, tokens.ErrorPercent!.Value, tokens.CountedRows));
        Assert.Contains("estimate", tokens.Method, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("o200k_base")]
    [InlineData("cl100k_base")]
    public void Parts_of_a_text_have_as_many_tokens_as_the_whole(string encoding)
    {
        var tokenizer = TiktokenTokenizer.CreateForEncoding(encoding);
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var text = new StringBuilder();
            while (text.Length < 4000)
            {
                text.Append(Pieces[random.Next(Pieces.Length)]);
            }

            string whole = text.ToString();
            int tokens = 0;
            int at = 0;
            for (; at < whole.Length; at += TextParts.First(whole.AsSpan(at)))
            {
                tokens += tokenizer.CountTokens(whole.AsSpan(at, TextParts.First(whole.AsSpan(at))));
            }

            Assert.Equal((seed, whole.Length, tokenizer.CountTokens(whole)), (seed, at, tokens));
        }
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("a")]
    [InlineData("-")]
    [InlineData("😀")]
    [InlineData("a😀")]
    public void A_text_without_any_word_is_cut_into_short_parts_and_through_no_character(string unit)
    {
        string text = string.Concat(Enumerable.Repeat(unit, 5001));
        for (int at = 0; at < text.Length;)
        {
            int length = TextParts.First(text.AsSpan(at));

            Assert.InRange(length, 1, 1000);
            Assert.False(char.IsLowSurrogate(text[at]));
            at += length;
        }
    }

    [Fact]
    public void Of_a_large_dataset_a_sample_is_counted_and_tells_how_far_off_the_estimate_is()
    {
        var options = new DatasetOptions { Model = "Phi-4-mini-instruct" };
        var small = new TokenCounter(options, 32_000_000);
        var large = new TokenCounter(options, 40_000_000);
        var reversed = new TokenCounter(options, 40_000_000);
        RowFacts[] all = Take(small, [.. Enumerable.Range(0, 2000)]);
        RowFacts[] some = Take(large, [.. Enumerable.Range(0, 2000)]);
        Take(reversed, [.. Enumerable.Range(0, 2000).Reverse()]);

        TokenReport report = large.Report();

        Assert.All(all, row => Assert.NotNull(row.Estimated));
        Assert.InRange(report.CountedRows!.Value, 140, 260);
        Assert.Equal(report, reversed.Report());
        Assert.True(report.IsEstimate);
        RowFacts[] counted = [.. some.Where(row => row.Estimated is not null)];
        Assert.Equal(report.CountedRows, counted.Length);
        Assert.Equal(Math.Round(100.0 * Math.Abs(counted.Sum(row => row.Estimated!.Value) - counted.Sum(row => row.Tokens)) / counted.Sum(row => row.Tokens), 2), report.ErrorPercent);
        Assert.Equal(all.Select(row => row.Estimated!.Value), some.Select(row => row.Estimated ?? row.Tokens));
    }

    [Fact]
    public async Task A_row_that_was_counted_is_not_said_to_have_about_so_many_tokens()
    {
        using Workbench bench = new Workbench { Options = new DatasetOptions { Model = "Phi-4-mini-instruct", ContextLength = 15 } }
            .Jsonl("train.jsonl", Workbench.Row("2 + 2 = 4"), Workbench.Row("2 + 2 = 4 and 4 = 2 + 2")).Jsonl("test.jsonl", Workbench.Row("Q", "A"));

        DatasetFinding finding = Assert.Single((await bench.PrepareAsync(Workbench.All)).Report.Findings);

        Assert.Equal(("OverContextLength", 2L), (finding.Code, finding.Row));
        Assert.StartsWith("23 tokens, of which 15 fit", finding.Reason, StringComparison.Ordinal);
    }

    private static RowFacts[] Take(TokenCounter counter, int[] rows)
    {
        var rules = new RowRules(new DatasetOptions(), counter);
        var conversation = new Conversation();
        return
        [
            .. rows.Select(i =>
            {
                conversation.Begin(0);
                conversation.Add(ChatRole.User, "The same question in every row?"u8);
                conversation.Add(ChatRole.Assistant, Encoding.UTF8.GetBytes($"Answer number {i * 7919}, ça va."));
                rules.Begin();
                RowFacts facts = rules.Check(conversation, isTrainedOn: true);
                counter.Take(in facts);
                return facts;
            }),
        ];
    }
}
