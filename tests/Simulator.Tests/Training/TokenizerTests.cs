using FineTune.Simulator.Training;
using FsCheck;
using FsCheck.Fluent;

namespace FineTune.Simulator.Tests.Training;

public sealed class TokenizerTests
{
    private static readonly string[] Texts = [.. Enumerable.Repeat("The otter swims, the otter dives; the otters sleep. 12 12 12", 4)];

    [Fact]
    public void Encode_any_text_decodes_to_itself()
    {
        Tokenizer tokenizer = Tokenizer.Learn(Texts, 300, CancellationToken.None);
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text =>
        {
            // Halves of surrogate pairs are no text.
            string whole = string.Concat(text.Get.Where(c => !char.IsSurrogate(c))) + " the otter 🦦é\r\n  x";
            Assert.Equal(whole, tokenizer.Decode(Encoded(tokenizer, whole)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Encode_long_runs_decode_to_themselves()
    {
        Tokenizer tokenizer = Tokenizer.Learn(Texts, 300, CancellationToken.None);
        foreach (char c in " a🦦.\n7"[..1] + "a.\n7")
        {
            string run = new string(c, 1000) + "x " + string.Concat(Enumerable.Repeat("🦦", 100));
            Assert.Equal(run, tokenizer.Decode(Encoded(tokenizer, run)));
        }
    }

    [Fact]
    public void Learn_frequent_words_become_one_token_with_the_blank_before_them()
    {
        Tokenizer tokenizer = Tokenizer.Learn(Texts, 2048, CancellationToken.None);

        Assert.Single(Encoded(tokenizer, " otter"));
        Assert.Equal(2, Encoded(tokenizer, " otter otter").Length);
        Assert.Equal(5, Encoded(tokenizer, "zebra").Length);
    }

    [Fact]
    public void Learn_stops_at_the_size_asked_for_and_where_nothing_occurs_twice()
    {
        Assert.Equal(270, Tokenizer.Learn(Texts, 270, CancellationToken.None).VocabularySize);
        Assert.Equal(261, Tokenizer.Learn(["abcdef"], 2048, CancellationToken.None).VocabularySize);
        Assert.Equal(261, Tokenizer.Learn([], 2048, CancellationToken.None).VocabularySize);
    }

    [Fact]
    public void Learn_the_first_merge_is_the_most_frequent_pair()
    {
        Tokenizer tokenizer = Tokenizer.Learn(["xyxyxy", "ab"], 262, CancellationToken.None);

        (ushort left, ushort right) = Assert.Single(tokenizer.Merges.ToArray());

        Assert.Equal("xy", tokenizer.Decode([left, right]));
    }

    [Fact]
    public void Learn_order_of_the_texts_does_not_matter()
    {
        string[] texts = ["one two two", "three three three one", "two one"];

        Assert.Equal(
            Tokenizer.Learn(texts, 300, CancellationToken.None).Merges.ToArray(),
            Tokenizer.Learn(texts.Reverse(), 300, CancellationToken.None).Merges.ToArray());
    }

    [Theory]
    [InlineData(4, 100)]
    [InlineData(100, 1)]
    [InlineData(261, 100)]
    [InlineData(100, 261)]
    public void Tokenizer_impossible_merge_is_refused(int left, int right) =>
        Assert.Throws<InvalidDataException>(() => new Tokenizer([((ushort)left, (ushort)right)]));

    [Fact]
    public void Tokenizer_the_same_merge_twice_is_refused() =>
        Assert.Throws<InvalidDataException>(() => new Tokenizer([(100, 101), (100, 101)]));

    private static ushort[] Encoded(Tokenizer tokenizer, string text)
    {
        var tokens = new List<ushort>();
        tokenizer.Encode(text, tokens);
        return [.. tokens];
    }
}
