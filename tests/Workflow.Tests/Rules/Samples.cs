using System.Text.Json;
using FineTune.Workflow.Contracts;

namespace FineTune.Workflow.Tests.Rules;

/// <summary>A component and models as a registry would show them.</summary>
internal static class Samples
{
    public const string Component = "azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82";

    public static RegistryComponent ChatCompletion { get; } = new(Component, "chat_completion_pipeline", "0.0.82", Inputs());

    public static RegistryModel Model(string? finetune = null, string? inference = null) => new(
        "azureml://registries/azureml/models/Phi/versions/7", "Phi", "7", IsArchived: false, Tags(finetune, inference));

    public static RegistryComponent Without(params string[] names) => ChatCompletion with
    {
        Inputs = ChatCompletion.Inputs.Where(input => !names.Contains(input.Key)).ToDictionary(input => input.Key, input => input.Value),
    };

    public static RegistryComponent With(string name, ComponentInput input) => ChatCompletion with
    {
        Inputs = new Dictionary<string, ComponentInput>(ChatCompletion.Inputs) { [name] = input },
    };

    public static Dictionary<string, JsonElement> Request(string json) =>
        JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!;

    private static Dictionary<string, string> Tags(string? finetune, string? inference)
    {
        var tags = new Dictionary<string, string> { ["task"] = "chat-completion" };
        if (finetune is not null)
        {
            tags["finetune_compute_allow_list"] = finetune;
        }

        if (inference is not null)
        {
            tags["inference_compute_allow_list"] = inference;
        }

        return tags;
    }

    private static Dictionary<string, ComponentInput> Inputs()
    {
        var inputs = new Dictionary<string, ComponentInput>();
        void Add(string type, params string[] names)
        {
            foreach (string name in names)
            {
                inputs.Add(name, new ComponentInput(type) { Optional = true });
            }
        }

        void AddWords(string name, params string[] words) => inputs.Add(name, new ComponentInput("string") { Optional = true, Enum = words });
        Add("mlflow_model", "mlflow_model_path");
        Add("uri_file", "train_file_path", "validation_file_path", "test_file_path", "deepspeed");
        Add("string", "compute_model_import", "compute_preprocess", "compute_finetune", "compute_model_evaluation", "instance_type_finetune", "shm_size_finetune");
        Add("integer", "max_steps", "max_seq_length", "warmup_steps", "seed", "logging_steps", "save_total_limit", "lora_r");
        Add("number", "learning_rate", "weight_decay", "adam_epsilon", "lora_dropout");
        foreach (string name in new[]
        {
            "num_nodes_finetune", "number_of_gpu_to_use_finetuning", "num_train_epochs", "per_device_train_batch_size",
            "per_device_eval_batch_size", "gradient_accumulation_steps",
        })
        {
            inputs.Add(name, new ComponentInput("integer") { Optional = true, Min = name == "gradient_accumulation_steps" ? null : 1 });
        }

        foreach (string name in new[] { "apply_lora", "apply_deepspeed", "apply_ort", "ignore_mismatched_sizes" })
        {
            AddWords(name, "true", "false");
        }

        AddWords("deepspeed_stage", "2", "3");
        AddWords("precision", "32", "16");
        AddWords("lr_scheduler_type", "linear", "cosine", "constant");
        AddWords("logging_strategy", "epoch", "steps");
        AddWords("optim", "adamw_torch", "adafactor");
        inputs.Add("task_name", new ComponentInput("string") { Default = "ChatCompletion", Enum = ["ChatCompletion"] });
        return inputs;
    }
}
