using System.Text.Json;
using Azure;
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
    /// <remarks><c>GET {subscription}/providers/Microsoft.MachineLearningServices/locations/{location}/vmSizes</c> (VirtualMachineSizes_List).</remarks>
    public async Task<IReadOnlyList<VmSize>> ListVmSizesAsync(CancellationToken cancellationToken = default) =>
        await GetVmSizes(cancellationToken).ToListAsync(cancellationToken);

    /// <inheritdoc/>
    /// <remarks><c>GET {subscription}/providers/Microsoft.MachineLearningServices/locations/{location}/usages</c> (Usages_List).</remarks>
    public async Task<IReadOnlyList<CoreQuota>> ListCoreQuotasAsync(CancellationToken cancellationToken = default) =>
        await InRegion("usages", ToCoreQuota, cancellationToken).OfType<CoreQuota>().ToListAsync(cancellationToken);

    /// <inheritdoc/>
    /// <remarks>
    /// <c>GET {workspace}/providers/Microsoft.Authorization/permissions</c> (Permissions_ListForResource of Microsoft.Authorization 2022-04-01): one
    /// entry for each role that the caller has on the workspace or above it.
    /// </remarks>
    public async Task<IReadOnlyList<PermissionSet>?> FindPermissionsAsync(CancellationToken cancellationToken = default)
    {
        var permissions = new List<PermissionSet>();
        try
        {
            await foreach (JsonElement item in pipeline.List(PermissionsUrl, cancellationToken))
            {
                permissions.Add(new PermissionSet(Texts(item.At("actions")), Texts(item.At("notActions"))));
            }
        }
        catch (UpstreamException e) when (e.Kind is OutcomeKind.Denied or OutcomeKind.NotFound or OutcomeKind.Invalid)
        {
            return null;
        }

        return permissions;
    }

    /// <summary>The sizes of the workspace's region.</summary>
    public AsyncPageable<VmSize> GetVmSizes(CancellationToken cancellationToken) => InRegion("vmSizes", ToVmSize, cancellationToken);

    private static VmSize ToVmSize(JsonElement size) => new(
        size.At("name").Text() ?? "",
        (int)(size.At("gpus").Integer() ?? 0),
        (int)(size.At("vCPUs").Integer() ?? 0),
        size.At("memoryGB").Number() ?? 0,
        size.At("lowPriorityCapable").IsTrue(),
        LinuxPricePerHour(size.At("estimatedVMPrices")))
    {
        Family = size.At("family").Text() ?? "",
    };

    // Lines of low-priority cores, of other workspaces and of numbers of clusters are not about what a run needs.
    private object ToCoreQuota(JsonElement usage)
    {
        string type = usage.At("type").Text() ?? "";
        string id = usage.At("id").Text() ?? "";
        bool isTotal = type.Contains("/dedicatedCores/", StringComparison.OrdinalIgnoreCase);
        bool isFamily = type.Contains("/vmFamily/", StringComparison.OrdinalIgnoreCase)
            || (type.Contains("/workspaces/", StringComparison.OrdinalIgnoreCase) && id.StartsWith(pipeline.WorkspacePath + "/", StringComparison.OrdinalIgnoreCase));
        return (isTotal || isFamily) && usage.At("currentValue").Integer() is { } used && usage.At("limit").Integer() is { } limit
            ? new CoreQuota(isTotal ? null : usage.At("name", "value").Text() ?? "", used, limit)
            : usage;
    }

    private static string[] Texts(JsonElement list) => [.. list.Items().Select(item => item.Text()).OfType<string>()];

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

    private string PermissionsUrl => pipeline.ArmUrl(pipeline.WorkspacePath + "/providers/Microsoft.Authorization/permissions", apiVersion: "2022-04-01");

    private PagedList<T> InRegion<T>(string list, Func<JsonElement, T> read, CancellationToken cancellationToken)
        where T : notnull => new(
            pipeline,
            async token => pipeline.ArmUrl(pipeline.SubscriptionPath
                + ServicePipeline.Path($"/providers/Microsoft.MachineLearningServices/locations/{await GetLocationAsync(token)}/{list}")),
            read,
            cancellationToken);

    private async ValueTask<ServiceAnswer> GetResourceAsync(CancellationToken cancellationToken) =>
        _resource ??= await pipeline.GetAsync(pipeline.WorkspaceUrl($""), cancellationToken: cancellationToken);
}
