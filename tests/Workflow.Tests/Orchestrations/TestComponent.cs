using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Tests.Orchestrations;

/// <summary>The inputs of the pipeline component that these tests use.</summary>
internal static class TestComponent
{
    public static IReadOnlyDictionary<string, ComponentInput> Inputs { get; } = new Dictionary<string, ComponentInput>
    {
        ["mlflow_model_path"] = new("mlflow_model") { Optional = true },
        ["train_file_path"] = new("uri_file") { Optional = true },
        ["validation_file_path"] = new("uri_file") { Optional = true },
        ["test_file_path"] = new("uri_file") { Optional = true },
        ["compute_model_import"] = new("string") { Optional = true },
        ["compute_preprocess"] = new("string") { Optional = true },
        ["compute_finetune"] = new("string") { Optional = true },
        ["compute_model_evaluation"] = new("string") { Optional = true },
        ["number_of_gpu_to_use_finetuning"] = new("integer") { Optional = true, Min = 1 },
        ["num_nodes_finetune"] = new("integer") { Optional = true, Min = 1 },
        ["num_train_epochs"] = new("integer") { Optional = true, Min = 1 },
        ["per_device_train_batch_size"] = new("integer") { Optional = true, Min = 1 },
        ["per_device_eval_batch_size"] = new("integer") { Optional = true, Min = 1 },
        ["learning_rate"] = new("number") { Optional = true },
        ["lr_scheduler_type"] = new("string") { Optional = true, Enum = ["linear", "cosine"] },
        ["apply_lora"] = new("string") { Optional = true, Enum = ["true", "false"] },
        ["apply_deepspeed"] = new("string") { Optional = true, Enum = ["true", "false"] },
        ["deepspeed_stage"] = new("string") { Optional = true, Enum = ["2", "3"] },
        ["precision"] = new("string") { Optional = true, Enum = ["32", "16"] },
    };
}
