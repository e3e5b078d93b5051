using System.Globalization;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Tests.Rules;

public sealed class DisplayNameTests
{
    // Each right side is what the notebook's function returns for the same parameters, run with Python.
    [Theory]
    [InlineData("{}", null, 8, "Phi-3-mini-4k-instruct-ultrachat-bs8-cosine-ds2-lora-save_limit-1-seqlen-1")]
    [InlineData("{}", "{'save_total_limit': 1, 'gradient_accumulation_steps': 1}", 1, "Phi-3-mini-4k-instruct-ultrachat-bs1-cosine-ds2-lora-save_limit1-seqlen-1")]
    [InlineData(
        """{"per_device_train_batch_size": 2, "gradient_accumulation_steps": 4, "num_nodes_finetune": 2, "max_seq_length": 2048}""",
        null,
        8,
        "Phi-3-mini-4k-instruct-ultrachat-bs128-cosine-ds2-lora-save_limit-1-seqlen2048")]
    [InlineData("""{"apply_deepspeed": false, "apply_lora": "false", "lr_scheduler_type": "linear"}""", null, 4, "Phi-3-mini-4k-instruct-ultrachat-bs4-linear-nods-nolora-save_limit-1-seqlen-1")]
    [InlineData("""{"deepspeed_stage": 3}""", null, 1, "Phi-3-mini-4k-instruct-ultrachat-bs1-cosine-ds3-lora-save_limit-1-seqlen-1")]
    public void Display_name_is_the_notebooks(string request, string? tag, int gpus, string expected)
    {
        MergedParameters merged = ParameterMerge.Merge(Samples.ChatCompletion, Samples.Request(request), tag);

        Assert.Equal(expected, DisplayName.For("Phi-3-mini-4k-instruct", "ultrachat", merged.Parameters, gpus));
    }

    [Fact]
    public void Parameters_that_are_not_set_count_as_the_notebook_assumes() =>
        Assert.Equal("m-d-bs1-linear-nods-nolora-save_limit-1-seqlen-1", DisplayName.For("m", "d", [], 1));

    [Fact]
    public void Stage_is_assumed_when_only_DeepSpeed_is_set() =>
        Assert.Equal(
            "m-d-bs2-linear-ds2-nolora-save_limit-1-seqlen-1",
            DisplayName.For("m", "d", [new PipelineParameter("apply_deepspeed", "true", ParameterOrigin.Request)], 2));

    [Fact]
    public void Batch_size_has_no_bounds_as_in_Python()
    {
        string most = long.MaxValue.ToString(CultureInfo.InvariantCulture);

        string name = DisplayName.For(
            "m",
            "d",
            [new PipelineParameter("per_device_train_batch_size", most, ParameterOrigin.Request), new PipelineParameter("num_nodes_finetune", most, ParameterOrigin.Request)],
            8);

        Assert.StartsWith("m-d-bs680564733841876926779175262273860009992-linear", name, StringComparison.Ordinal);
    }
}
