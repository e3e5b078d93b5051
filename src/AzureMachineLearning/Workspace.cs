using System.Text.Json;
using FineTune.AzureMachineLearning.Pipeline;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.AzureMachineLearning;

/// <summary>The workspace's own properties, read once: none of those used here can change.</summary>
internal sealed class Workspace(ServicePipeline pipeline) : IWorkspace
{
    private const string AzureMLScheme = "azureml://";

    private ServiceAnswer? _resource;
    private string? _runHistoryUrl;

    /// <summary>The region: what new resources are created in.</summary>
    public async ValueTask<string> GetLocationAsync(CancellationToken cancellationToken) =>
        Require(await GetResourceAsync(cancellationToken), "location");

    /// <summary>The base of MLflow's REST API. The tracking URI names it with a scheme of its own.</summary>
    public async ValueTask<string> GetMlflowUrlAsync(CancellationToken cancellationToken)
    {
        string uri = Require(await GetResourceAsync(cancellationToken), "properties", "mlFlowTrackingUri").Split('?')[0].TrimEnd('/');
        if (uri.StartsWith(AzureMLScheme, StringComparison.OrdinalIgnoreCase))
        {
            // A simulator on this machine may be without TLS.
            string scheme = pipeline.Cloud.IsLoopback ? pipeline.Cloud.ArmEndpoint.Scheme : Uri.UriSchemeHttps;
            uri = $"{scheme}://{uri.AsSpan(AzureMLScheme.Length)}";
        }

        return uri + "/api/2.0/mlflow";
    }

    /// <summary>The base of the workspace's run history.</summary>
    public async ValueTask<string> GetRunHistoryUrlAsync(CancellationToken cancellationToken)
    {
        if (_runHistoryUrl is null)
        {
            string discoveryUrl = Require(await GetResourceAsync(cancellationToken), "properties", "discoveryUrl");
            ServiceAnswer discovery = await pipeline.GetAnonymouslyAsync(discoveryUrl, cancellationToken);
            _runHistoryUrl = $"{Require(discovery, "api").TrimEnd('/')}/history/v1.0{pipeline.WorkspacePath}";
        }

        return _runHistoryUrl;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<VmSize>> ListVmSizesAsync(CancellationToken cancellationToken = default)
    {
        string location = await GetLocationAsync(cancellationToken);
        string path = ServicePipeline.Path($"/providers/Microsoft.MachineLearningServices/locations/{location}/vmSizes");
        var sizes = new List<VmSize>();
        await foreach (JsonElement size in pipeline.ListAsync(pipeline.ArmUrl(pipeline.SubscriptionPath + path), cancellationToken))
        {
            sizes.Add(new VmSize(
                size.At("name").Text() ?? "",
                (int)(size.At("gpus").Integer() ?? 0),
                (int)(size.At("vCPUs").Integer() ?? 0),
                size.At("memoryGB").Number() ?? 0,
                size.At("lowPriorityCapable").IsTrue(),
                LinuxPricePerHour(size.At("estimatedVMPrices"))));
        }

        return sizes;
    }

    private static double? LinuxPricePerHour(JsonElement prices) => prices.At("values").Items()
        .Where(price => Is(price, "osType", "Linux") && Is(price, "vmTier", "Standard"))
        .Select(price => price.At("retailPrice").Number())
        .FirstOrDefault();

    private static bool Is(JsonElement element, string member, string word) =>
        string.Equals(element.At(member).Text(), word, StringComparison.OrdinalIgnoreCase);

    private static string Require(ServiceAnswer answer, params ReadOnlySpan<string> path) =>
        answer.Json.At(path).Text() is { Length: > 0 } text ? text : throw new UpstreamException(
            OutcomeKind.Failed,
            new Failure("AnswerIncomplete", $"The answer lacks '{string.Join('.', path)}', without which nothing goes on.") { Where = answer.Where, RequestId = answer.RequestId });

    private async ValueTask<ServiceAnswer> GetResourceAsync(CancellationToken cancellationToken) =>
        _resource ??= await pipeline.GetAsync(pipeline.WorkspaceUrl($""), cancellationToken: cancellationToken);
}
