using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning;

/// <summary><c>Microsoft.MachineLearningServices/workspaces/computes</c>.</summary>
internal sealed class ComputeClusters(ServicePipeline pipeline, Workspace workspace) : IComputeClusters
{
    /// <inheritdoc/>
    /// <remarks><c>GET {workspace}/computes/{name}</c> (Compute_Get).</remarks>
    public async Task<ComputeCluster?> GetAsync(string name, CancellationToken cancellationToken = default)
    {
        ServiceAnswer answer = await pipeline.GetAsync(pipeline.WorkspaceUrl($"/computes/{name}"), acceptNotFound: true, cancellationToken);
        if (answer.IsNotFound)
        {
            return null;
        }

        JsonElement properties = answer.Json.At("properties");
        JsonElement cluster = properties.At("properties");
        JsonElement error = properties.At("provisioningErrors").Items().Concat(cluster.At("errors").Items()).FirstOrDefault();
        return new ComputeCluster(
            answer.Json.At("id").Text() ?? $"{pipeline.WorkspacePath}/computes/{name}",
            answer.Json.At("name").Text() ?? name,
            cluster.At("vmSize").Text() ?? "",
            cluster.At("vmPriority").Text() ?? "",
            properties.At("provisioningState").Text() ?? "Unknown",
            (int)(cluster.At("scaleSettings", "maxNodeCount").Integer() ?? 0))
        {
            ComputeType = properties.At("computeType").Text() ?? "Unknown",
            ProvisioningError = error.ValueKind == JsonValueKind.Object
                ? ServiceErrors.FromOperation(ServiceError.Read(error), answer.Where, answer.RequestId).Failure
                : null,
        };
    }

    /// <inheritdoc/>
    /// <remarks><c>PUT {workspace}/computes/{name}</c> (Compute_CreateOrUpdate), answered with <c>Azure-AsyncOperation</c>.</remarks>
    public async Task<OperationReference?> BeginCreateAsync(ComputeRequest request, bool lowPriority, CancellationToken cancellationToken = default)
    {
        var body = new JsonObject
        {
            ["location"] = await workspace.GetLocationAsync(cancellationToken),
            ["properties"] = new JsonObject
            {
                ["computeType"] = "AmlCompute",
                ["properties"] = new JsonObject
                {
                    ["osType"] = "Linux",
                    ["vmSize"] = request.Size,
                    ["vmPriority"] = lowPriority ? "LowPriority" : "Dedicated",
                    ["scaleSettings"] = new JsonObject
                    {
                        ["minNodeCount"] = 0,
                        ["maxNodeCount"] = request.MaxNodes,
                        ["nodeIdleTimeBeforeScaleDown"] = XmlConvert.ToString(request.IdleTimeBeforeScaleDown),
                    },
                    ["remoteLoginPortPublicAccess"] = "NotSpecified",
                    ["enableNodePublicIp"] = true,
                },
            },
        };
        return (await pipeline.PutAsync(pipeline.WorkspaceUrl($"/computes/{request.Name}"), body, cancellationToken)).Operation;
    }
}
