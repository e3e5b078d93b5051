using System.Text;
using System.Text.Json.Nodes;

namespace FineTune.Simulator.Tests;

/// <summary>Request bodies as clients send them.</summary>
internal static class Bodies
{
    public const string GpuSize = "Standard_NC24ads_A100_v4";
    public const string Cluster = "gpu-cluster";
    public const string TrainPath = "LocalUpload/aa/train.jsonl";
    public const string ValidationPath = "LocalUpload/bb/validation.jsonl";

    public static JsonObject Compute(string size = GpuSize, int max = 2, string priority = "Dedicated", int min = 0) => Parse($$$$"""
        {"location":"eastus","properties":{"computeType":"AmlCompute","properties":{"osType":"Linux","vmSize":"{{{{size}}}}","vmPriority":"{{{{priority}}}}",
         "scaleSettings":{"minNodeCount":{{{{min}}}},"maxNodeCount":{{{{max}}}}},"remoteLoginPortPublicAccess":"NotSpecified","enableNodePublicIp":true}}}
        """);

    /// <summary>A fine-tune job as the official client serialises it.</summary>
    public static JsonObject Job(string cluster = Cluster) => Parse($$$$"""
        {"properties":{
          "jobType":"Pipeline","displayName":"phi-small-chat","experimentName":"chat_completion_phi","isArchived":false,"properties":{},"tags":{"run":"r1"},
          "inputs":{},
          "jobs":{"chat_completion_pipeline":{
             "name":"chat_completion_pipeline","type":"pipeline","_source":"REMOTE.REGISTRY",
             "componentId":"azureml://registries/azureml/components/chat_completion_pipeline/versions/0.0.82",
             "inputs":{
               "mlflow_model_path":{"job_input_type":"mlflow_model","uri":"azureml://registries/azureml/models/Phi-4-mini-instruct/versions/5"},
               "train_file_path":{"job_input_type":"uri_file","uri":"azureml://datastores/workspaceblobstore/paths/{{{{TrainPath}}}}"},
               "validation_file_path":{"job_input_type":"uri_file","uri":"azureml://datastores/workspaceblobstore/paths/{{{{ValidationPath}}}}"},
               "compute_model_import":{"job_input_type":"literal","value":"{{{{cluster}}}}"},
               "compute_preprocess":{"job_input_type":"literal","value":"{{{{cluster}}}}"},
               "compute_finetune":{"job_input_type":"literal","value":"{{{{cluster}}}}"},
               "compute_model_evaluation":{"job_input_type":"literal","value":"{{{{cluster}}}}"},
               "number_of_gpu_to_use_finetuning":{"job_input_type":"literal","value":"1"},
               "num_train_epochs":{"job_input_type":"literal","value":"3"},
               "learning_rate":{"job_input_type":"literal","value":"2e-05"},
               "logging_steps":{"job_input_type":"literal","value":"2"},
               "per_device_train_batch_size":{"job_input_type":"literal","value":"4"},
               "precision":{"job_input_type":"literal","value":"16"},
               "apply_lora":{"job_input_type":"literal","value":"true"} },
             "outputs":{"mlflow_model_folder":{"type":"literal","value":"${{parent.outputs.trained_model}}"}} }},
          "outputs":{"trained_model":{"jobOutputType":"mlflow_model"}},
          "settings":{"_source":"DSL","force_rerun":true,"continue_on_step_failure":false}}}
        """);

    public static JsonObject Input(this JsonObject job, string name, string? value)
    {
        JsonObject inputs = job["properties"]!["jobs"]!["chat_completion_pipeline"]!["inputs"]!.AsObject();
        if (value is null)
        {
            inputs.Remove(name);
        }
        else
        {
            inputs[name] = new JsonObject { ["job_input_type"] = "literal", ["value"] = value };
        }

        return job;
    }

    public static JsonObject Model(string job = "job-1") => Parse($$$$"""
        {"properties":{"description":"fine-tuned","modelType":"mlflow_model","modelUri":"azureml://jobs/{{{{job}}}}/outputs/trained_model","isAnonymous":false,"isArchived":false,"tags":{"run":"r1"},"properties":{}}}
        """);

    public static JsonObject Endpoint(string authMode = "Key", string traffic = "{}") => Parse($$$$"""
        {"location":"eastus","tags":{"owner":"r1"},"identity":{"type":"SystemAssigned"},
         "properties":{"authMode":"{{{{authMode}}}}","description":"an endpoint","properties":{},"traffic":{{{{traffic}}}},"mirrorTraffic":{}}}
        """);

    public static JsonObject Deployment(string model, string instanceType = "STANDARD_NC4AS_T4_V3", int instances = 1) => Parse($$$$"""
        {"location":"eastus","tags":{},"sku":{"name":"Default","capacity":{{{{instances}}}}},"properties":{"endpointComputeType":"Managed","instanceType":"{{{{instanceType}}}}",
         "model":"{{{{model}}}}","livenessProbe":{"initialDelay":"PT10M"},"requestSettings":{"requestTimeout":"PT1M30S"},
         "appInsightsEnabled":false,"environmentVariables":{},"properties":{}}}
        """);

    public static JsonObject Question(string text = "What is the capital of France?") => Parse($$$$"""
        {"input_data":{"input_string":[{"role":"user","content":"{{{{text}}}}"}],"parameters":{"temperature":0.6,"top_p":0.9,"do_sample":true,"max_new_tokens":20}},"params":{}}
        """);

    /// <summary>Conversations that a small model can learn by heart.</summary>
    public static string Rows(int count)
    {
        string[][] facts = [["France", "Paris"], ["Spain", "Madrid"], ["Italy", "Rome"], ["Peru", "Lima"]];
        StringBuilder rows = new();
        for (int i = 0; i < count; i++)
        {
            string[] fact = facts[i % facts.Length];
            rows.Append(System.Globalization.CultureInfo.InvariantCulture, $$$$"""
                {"prompt_id":"{{{{i}}}}","messages":[{"role":"user","content":"What is the capital of {{{{fact[0]}}}}?"},{"role":"assistant","content":"The capital of {{{{fact[0]}}}} is {{{{fact[1]}}}}."}]}
                """).Append('\n');
        }

        return rows.ToString();
    }

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
