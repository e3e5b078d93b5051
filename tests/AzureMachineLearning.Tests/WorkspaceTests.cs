using FineTune.Workflow.Contracts;

namespace FineTune.AzureMachineLearning.Tests;

public sealed class WorkspaceTests
{
    [Fact]
    public async Task Vm_sizes_are_those_of_the_workspaces_region_with_their_linux_price()
    {
        const string Url = ScriptedService.Arm + ScriptedService.Subscription + "/providers/Microsoft.MachineLearningServices/locations/westeurope/vmSizes" + ScriptedService.Version;
        ScriptedService service = new ScriptedService().WithWorkspace().On("GET " + Url, body: """
            {"value":[
              {"name":"Standard_NC24ads_A100_v4","family":"standardNCADSA100v4Family","vCPUs":24,"gpus":1,"memoryGB":220.0,"lowPriorityCapable":true,
               "estimatedVMPrices":{"billingCurrency":"USD","unitOfMeasure":"OneHour","values":[
                 {"retailPrice":0.7,"osType":"Linux","vmTier":"LowPriority"},{"retailPrice":4.9,"osType":"Windows","vmTier":"Standard"},{"retailPrice":3.673,"osType":"Linux","vmTier":"Standard"}]}},
              {"name":"Standard_DS2_v2","vCPUs":2,"gpus":0,"memoryGB":7,"lowPriorityCapable":false}]}
            """);

        IReadOnlyList<VmSize> sizes = await service.Client().Workspace.ListVmSizesAsync();

        Assert.Equal(
            [new VmSize("Standard_NC24ads_A100_v4", 1, 24, 220, true, 3.673) { Family = "standardNCADSA100v4Family" }, new VmSize("Standard_DS2_v2", 0, 2, 7, false)],
            sizes);
    }

    [Fact]
    public async Task Quotas_are_those_of_dedicated_cores_here()
    {
        const string Url = ScriptedService.Arm + ScriptedService.Subscription + "/providers/Microsoft.MachineLearningServices/locations/westeurope/usages" + ScriptedService.Version;
        ScriptedService service = new ScriptedService().WithWorkspace().On("GET " + Url, body: $$$"""
            {"value":[
              {"id":"/s/usages","type":"Microsoft.MachineLearningServices/totalCores/usages","currentValue":7,"limit":100,"name":{"value":"Clusters"},"unit":"Count"},
              {"id":"/s/usages","type":"Microsoft.MachineLearningServices/dedicatedCores/usages","currentValue":14,"limit":24,"name":{"value":"Total Cluster Dedicated Regional vCPUs"}},
              {"id":"/s/usages","type":"Microsoft.MachineLearningServices/lowPriorityCores/usages","currentValue":18,"limit":50,"name":{"value":"Total Cluster LowPriority Regional vCPUs"}},
              {"id":"/s/usages/x","type":"Microsoft.MachineLearningServices/vmFamily/usages","currentValue":2,"limit":48,"name":{"value":"Standard D Family Cluster Dedicated vCPUs"}},
              {"id":"/subscriptions/x/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/other/usages/x","type":"Microsoft.MachineLearningServices/workspaces/usages","currentValue":1,"limit":1,"name":{"value":"d"}},
              {"id":"{{{ScriptedService.WorkspacePath}}}/usages/x","type":"Microsoft.MachineLearningServices/workspaces/usages","currentValue":1,"limit":12,"name":{"value":"mine"}}]}
            """);

        IReadOnlyList<CoreQuota> quotas = await service.Client().Workspace.ListCoreQuotasAsync();

        Assert.Equal([new CoreQuota(null, 14, 24), new CoreQuota("Standard D Family Cluster Dedicated vCPUs", 2, 48), new CoreQuota("mine", 1, 12)], quotas);
    }

    [Fact]
    public async Task Permissions_are_asked_of_Azure_Resource_Manager_and_unknown_where_it_does_not_tell()
    {
        const string Url = ScriptedService.Arm + ScriptedService.WorkspacePath + "/providers/Microsoft.Authorization/permissions?api-version=2022-04-01";
        ScriptedService service = new ScriptedService()
            .On("GET " + Url, body: """{"value":[{"actions":["*/read"],"notActions":[],"dataActions":["x"]},{"actions":["a/*"],"notActions":["a/b"]}],"nextLink":null}""")
            .On("GET " + Url, 403);

        IReadOnlyList<PermissionSet>? permissions = await service.Client().Workspace.FindPermissionsAsync();

        Assert.Equal(["*/read", "a/*", "a/b"], permissions!.SelectMany(role => role.Actions.Concat(role.NotActions)));
        Assert.Null(await service.Client().Workspace.FindPermissionsAsync());
    }

    [Fact]
    public async Task Lists_come_page_by_page_for_who_wants_them_so()
    {
        string first = ScriptedService.Url("/onlineEndpoints");
        string next = ScriptedService.Url("/onlineEndpoints", "&$skip=1");
        ScriptedService service = new ScriptedService()
            .On("GET " + first, body: $$$"""{"value":[{"name":"one"},{"name":"two"}],"nextLink":"{{{next}}}"}""", headers: ("x-ms-request-id", "r-1"))
            .On("GET " + next, body: """{"value":[{"name":"three"}]}""");

        List<Azure.Page<OnlineEndpoint>> pages = await service.Client().GetOnlineEndpointsAsync().AsPages().ToListAsync();

        Assert.Equal([2, 1], pages.Select(page => page.Values.Count));
        Assert.Equal([next, null], pages.Select(page => page.ContinuationToken));
        Assert.Equal("r-1", pages[0].GetRawResponse().Headers.RequestId);
        OnlineEndpoint rest = Assert.Single(await service.Client().GetOnlineEndpointsAsync().AsPages(pages[0].ContinuationToken).SelectMany(page => page.Values.ToAsyncEnumerable()).ToListAsync());
        Assert.Equal("three", rest.Name);
    }
}
