using FineTune.Workflow.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace FineTune.AzureMachineLearning;

/// <summary>Gives a host's services the ports of the workflow that an <see cref="AzureMachineLearningClient"/> implements.</summary>
public static class AzureMachineLearningServices
{
    /// <summary>Registers them all.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="client">Finds the client; asked when a port is first needed.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddAzureMachineLearning(
        this IServiceCollection services, Func<IServiceProvider, AzureMachineLearningClient> client) => services
        .AddSingleton<IModelRegistry>(provider => client(provider).Registry)
        .AddSingleton<IWorkspace>(provider => client(provider).Workspace)
        .AddSingleton<IComputeClusters>(provider => client(provider).ComputeClusters)
        .AddSingleton<IDatastoreAccess>(provider => client(provider).Datastores)
        .AddSingleton<IPipelineJobs>(provider => client(provider).Jobs)
        .AddSingleton<ITrainingMetrics>(provider => client(provider).Metrics)
        .AddSingleton<IModels>(provider => client(provider).Models)
        .AddSingleton<IOnlineEndpoints>(provider => client(provider).OnlineEndpoints)
        .AddSingleton<IOperations>(provider => client(provider).Operations);
}
