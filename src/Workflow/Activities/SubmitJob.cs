using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Activities;

/// <summary>Submits the pipeline job under the name that belongs to the run: submitted again, it is the same job.</summary>
/// <param name="jobs">The workspace's jobs.</param>
public sealed class SubmitJob(IPipelineJobs jobs) : WorkflowActivity<JobSubmission, JobSnapshot>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<JobSubmission, Outcome<JobSnapshot>> Name { get; } = new(nameof(SubmitJob));

    /// <inheritdoc/>
    protected override Task<JobSnapshot> DoAsync(JobSubmission input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        RunPlan plan = input.Plan;
        return jobs.SubmitAsync(
            new PipelineJobSpec
            {
                Name = plan.JobName,
                DisplayName = plan.DisplayName,
                ExperimentName = plan.ExperimentName,
                ComponentId = plan.ComponentId,
                AssetInputs = AssetInputs(input),
                LiteralInputs = LiteralInputs(input),
                Tags = new Dictionary<string, string>(StringComparer.Ordinal) { [EndpointTags.Run] = input.RunId },
            },
            cancellationToken);
    }

    private static Dictionary<string, JobAssetInput> AssetInputs(JobSubmission input)
    {
        var inputs = new Dictionary<string, JobAssetInput>(StringComparer.Ordinal)
        {
            [PipelineJob.MlflowModelPath] = new("mlflow_model", input.Plan.BaseModelId),
            [PipelineJob.TrainFilePath] = new("uri_file", Uri(SplitKind.Train)),
            [PipelineJob.TestFilePath] = new("uri_file", Uri(SplitKind.Test)),
        };
        if (input.Splits.Any(split => split.Kind == SplitKind.Validation))
        {
            inputs[PipelineJob.ValidationFilePath] = new("uri_file", Uri(SplitKind.Validation));
        }

        return inputs;

        string Uri(SplitKind kind) => input.Splits.First(split => split.Kind == kind).Uri!;
    }

    private static Dictionary<string, string> LiteralInputs(JobSubmission input)
    {
        var inputs = input.Plan.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value, StringComparer.Ordinal);
        foreach (string compute in PipelineJob.ComputeInputs.Intersect(input.Plan.ComponentInputs, StringComparer.Ordinal))
        {
            inputs[compute] = input.ComputeName;
        }

        inputs[PipelineJob.GpuCount] = FormattableString.Invariant($"{input.Plan.GpusPerNode}");
        return inputs;
    }
}
