using System.Text.Json;
using System.Text.Json.Nodes;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning;

/// <summary><c>Microsoft.MachineLearningServices/workspaces/models</c>.</summary>
internal sealed class Models(ServicePipeline pipeline) : IModels
{
    /// <inheritdoc/>
    /// <remarks><c>PUT {workspace}/models/{name}/versions/{version}</c> (ModelVersions_CreateOrUpdate).</remarks>
    public async Task<RegisteredModel> RegisterAsync(ModelRegistration model, CancellationToken cancellationToken = default)
    {
        string url = pipeline.WorkspaceUrl($"/models/{model.Name}/versions/{model.Version}");
        var body = new JsonObject
        {
            ["properties"] = new JsonObject
            {
                ["description"] = model.Description,
                ["modelType"] = "mlflow_model",
                ["modelUri"] = model.ModelUri,
                ["isAnonymous"] = false,
                ["isArchived"] = false,
                ["tags"] = model.Tags.ToJson(),
                ["properties"] = new JsonObject(),
            },
        };
        JsonElement registered;
        try
        {
            registered = (await pipeline.PutAsync(url, body, cancellationToken)).Json;
        }
        catch (UpstreamException e) when (e.Kind is OutcomeKind.Conflict or OutcomeKind.Invalid)
        {
            // A version is never overwritten. When this very content is there, an earlier attempt of ours succeeded unheard.
            ServiceAnswer existing = await pipeline.GetAsync(url, acceptNotFound: true, cancellationToken);
            if (existing.IsNotFound || !HoldsSameContent(existing.Json, model.ModelUri))
            {
                throw;
            }

            registered = existing.Json;
        }

        return new RegisteredModel(registered.At("id").Text() ?? $"{pipeline.WorkspacePath}/models/{model.Name}/versions/{model.Version}", model.Name, model.Version);
    }

    // The service resolves azureml://jobs/{job}/outputs/{output} to where the bytes are, and notes the job's name.
    private static bool HoldsSameContent(JsonElement existing, string modelUri)
    {
        JsonElement properties = existing.At("properties");
        return properties.At("modelUri").Text() == modelUri
            || (properties.At("jobName").Text() is { Length: > 0 } job && modelUri.StartsWith($"azureml://jobs/{job}/", StringComparison.Ordinal));
    }
}
