using FineTune.Durable;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Rules;

namespace FineTune.Workflow.Activities;

/// <summary>Registers the job's output as an MLflow model, with its lineage in tags.</summary>
/// <param name="models">The workspace's models.</param>
public sealed class RegisterModel(IModels models) : WorkflowActivity<ModelRegistering, RegisteredModel>
{
    /// <summary>The registered name.</summary>
    public static ActivityName<ModelRegistering, Outcome<RegisteredModel>> Name { get; } = new(nameof(RegisterModel));

    /// <inheritdoc/>
    protected override Task<RegisteredModel> DoAsync(ModelRegistering input, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        RunPlan plan = input.Plan;
        return models.RegisterAsync(
            new ModelRegistration(
                plan.ModelName,
                plan.ModelVersion,
                $"azureml://jobs/{plan.JobName}/outputs/{PipelineJob.TrainedModelOutput}",
                $"{input.BaseModelName} fine tuned model for {plan.DatasetName} chat-completion",
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    [EndpointTags.Run] = input.RunId,
                    ["finetune-dataset-sha256"] = input.DatasetSha256,
                    ["finetune-base-model"] = plan.BaseModelId,
                    ["finetune-component"] = plan.ComponentId,
                }),
            cancellationToken);
    }
}
