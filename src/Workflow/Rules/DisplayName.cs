using System.Globalization;
using System.Numerics;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Rules;

/// <summary>The pipeline job's display name.</summary>
public static class DisplayName
{
    /// <summary>
    /// Composes the name as the notebook's <c>get_pipeline_display_name</c> does, which wrote <c>ultrachat</c> where the dataset's name stands here.
    /// A parameter that is not set counts with the notebook's assumption: batch 1, accumulation 1, one node, scheduler linear,
    /// no DeepSpeed, stage 2, no LoRA, save limit -1, sequence length -1.
    /// </summary>
    /// <param name="modelName">The base model's name.</param>
    /// <param name="datasetName">The dataset's name.</param>
    /// <param name="parameters">The merged parameters.</param>
    /// <param name="gpusPerNode">GPUs of one node.</param>
    /// <returns>Such as <c>Phi-3-mini-4k-instruct-ultrachat-bs8-cosine-ds2-lora-save_limit-1-seqlen-1</c>.</returns>
    public static string For(string modelName, string datasetName, IReadOnlyList<PipelineParameter> parameters, int gpusPerNode)
    {
        Dictionary<string, string> values = parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value, StringComparer.Ordinal);
        string Get(string name, string assumed) => values.GetValueOrDefault(name, assumed);
        BigInteger GetInteger(string name) => BigInteger.Parse(Get(name, "1"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

        // Products of 64-bit values: unlimited, as Python's int is.
        BigInteger batchSize = GetInteger("per_device_train_batch_size") * GetInteger("gradient_accumulation_steps") * gpusPerNode * GetInteger("num_nodes_finetune");
        string deepSpeed = Get("apply_deepspeed", "false") == "true" ? $"ds{Get("deepspeed_stage", "2")}" : "nods";
        string lora = Get("apply_lora", "false") == "true" ? "lora" : "nolora";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{modelName}-{datasetName}-bs{batchSize}-{Get("lr_scheduler_type", "linear")}-{deepSpeed}-{lora}-save_limit{Get("save_total_limit", "-1")}-seqlen{Get("max_seq_length", "-1")}");
    }
}
