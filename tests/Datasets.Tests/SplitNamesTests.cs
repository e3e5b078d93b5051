using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.Datasets.Tests;

public class SplitNamesTests
{
    [Theory]
    [InlineData("train_sft.jsonl", SplitKind.Train)]
    [InlineData("test_sft.jsonl", SplitKind.Test)]
    [InlineData("train_gen.jsonl", SplitKind.TrainGeneration)]
    [InlineData("test_gen.parquet", SplitKind.TestGeneration)]
    [InlineData("data/train_sft-00000-of-00003.parquet", SplitKind.Train)]
    [InlineData("data/test_gen-00002-of-00003-5a7c.parquet", SplitKind.TestGeneration)]
    [InlineData("ultrachat-train-gen.jsonl", SplitKind.TrainGeneration)]
    [InlineData("conversation.train.jsonl", SplitKind.Train)]
    [InlineData("conversation.validation.jsonl", SplitKind.Validation)]
    [InlineData("TRAIN.JSONL", SplitKind.Train)]
    [InlineData("training-set.jsonl", SplitKind.Train)]
    [InlineData("train1.jsonl", SplitKind.Train)]
    [InlineData("valid.jsonl", SplitKind.Validation)]
    [InlineData("my val.jsonl", SplitKind.Validation)]
    [InlineData("chat_dev.jsonl", SplitKind.Validation)]
    [InlineData("eval.jsonl", SplitKind.Test)]
    [InlineData("chat-evaluation.jsonl", SplitKind.Test)]
    [InlineData("testing.jsonl", SplitKind.Test)]
    [InlineData("train/train.jsonl", SplitKind.Train)]
    public void A_whole_word_in_the_name_says_which_split_it_is(string name, SplitKind expected) =>
        Assert.Equal(expected, SplitNames.Recognize(name));

    [Theory]
    [InlineData("contest.jsonl")]
    [InlineData("latest.jsonl")]
    [InlineData("trainer.jsonl")]
    [InlineData("restrain.jsonl")]
    [InlineData("valuable.jsonl")]
    [InlineData("interval.jsonl")]
    [InlineData("developers.jsonl")]
    [InlineData("generation.jsonl")]
    [InlineData("trainset.jsonl")]
    [InlineData("train/part-0.jsonl")]
    [InlineData("support-chat.parquet")]
    [InlineData("00000.parquet")]
    public void A_part_of_a_word_or_a_folder_says_nothing(string name) =>
        Assert.Null(SplitNames.Recognize(name));

    [Theory]
    [InlineData("train-test.jsonl")]
    [InlineData("eval_of_train.jsonl")]
    [InlineData("train_gen_test.jsonl")]
    [InlineData("validation_gen.jsonl")]
    public void A_name_that_says_two_things_is_refused_with_advice(string name)
    {
        var exception = Assert.Throws<UpstreamException>(() => SplitNames.Recognize(name));

        Assert.Equal(OutcomeKind.Invalid, exception.Kind);
        Assert.Equal("DatasetSplitUnclear", exception.Failure.Code);
        Assert.Equal(name, exception.Failure.Where);
        Assert.NotNull(exception.Failure.NextStep);
    }
}
