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
            [new VmSize("Standard_NC24ads_A100_v4", 1, 24, 220, true, 3.673), new VmSize("Standard_DS2_v2", 0, 2, 7, false)],
            sizes);
    }
}
