namespace FineTune.Workflow.Activities;

/// <summary>The component's inputs and the job's output that the workflow itself fills.</summary>
public static class PipelineJob
{
    /// <summary>The job's output that the component's <c>mlflow_model_folder</c> is promoted to; part of the registered model's URI.</summary>
    public const string TrainedModelOutput = "trained_model";

    /// <summary>The base model.</summary>
    public const string MlflowModelPath = "mlflow_model_path";

    /// <summary>The training rows.</summary>
    public const string TrainFilePath = "train_file_path";

    /// <summary>The validation rows, where the source has them.</summary>
    public const string ValidationFilePath = "validation_file_path";

    /// <summary>The test rows.</summary>
    public const string TestFilePath = "test_file_path";

    /// <summary>GPUs on each node.</summary>
    public const string GpuCount = "number_of_gpu_to_use_finetuning";

    /// <summary>The inputs that take the cluster's name. A version of the component may lack some.</summary>
    public static IReadOnlyList<string> ComputeInputs { get; } =
        ["compute_model_import", "compute_preprocess", "compute_finetune", "compute_model_evaluation"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> WorkflowInputs { get; } =
        [MlflowModelPath, TrainFilePath, ValidationFilePath, TestFilePath, GpuCount, .. ComputeInputs];
}
