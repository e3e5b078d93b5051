using System.Globalization;
using FineTune.Simulator.State;

namespace FineTune.Simulator.Jobs;

/// <summary>The steps of <c>chat_completion_pipeline</c> and what decides where and how long each works.</summary>
internal static class PipelineSteps
{
    public const string Validation = "ft_nlp_common_validation";
    public const string ModelImport = "chat_completion_model_import";
    public const string DataPreprocess = "chat_completion_datapreprocess";
    public const string FineTune = "chat_completion_finetune";
    public const string ModelConverter = "ft_nlp_model_converter";

    public const int ValidationIndex = 0;
    public const int DataPreprocessIndex = 2;
    public const int FineTuneIndex = 3;

    /// <summary>The steps in their order with the input that names their compute and the one that names their size on serverless compute.</summary>
    public static IReadOnlyList<(string Name, string ComputeInput, string InstanceInput)> All { get; } =
    [
        (Validation, "compute_model_import", "instance_type_model_import"),
        (ModelImport, "compute_model_import", "instance_type_model_import"),
        (DataPreprocess, "compute_preprocess", "instance_type_preprocess"),
        (FineTune, "compute_finetune", "instance_type_finetune"),
        (ModelConverter, "compute_finetune", "instance_type_finetune"),
    ];

    public static TimeSpan Work(SimulatorDurations durations, string step) => step switch
    {
        Validation => durations.Validation,
        ModelImport => durations.ModelImport,
        DataPreprocess => durations.DataPreprocess,
        FineTune => durations.Training,
        _ => durations.ModelConversion,
    };

    /// <summary>Nodes that the training runs on.</summary>
    public static int Nodes(JobRecord job) => Integer(job, "num_nodes_finetune", 1);

    public static int Integer(JobRecord job, string input, int otherwise) =>
        job.Inputs.TryGetValue(input, out string? text) ? int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : otherwise;

    public static double Number(JobRecord job, string input, double otherwise) =>
        job.Inputs.TryGetValue(input, out string? text) ? double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture) : otherwise;

    public static string Text(JobRecord job, string input, string otherwise) => job.Inputs.GetValueOrDefault(input, otherwise);
}
