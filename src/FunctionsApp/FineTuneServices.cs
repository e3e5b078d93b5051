using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using FineTune.Api;
using FineTune.AzureMachineLearning;
using FineTune.Datasets;
using FineTune.Durable;
using FineTune.FunctionsApp.Configuration;
using FineTune.FunctionsApp.Durable;
using FineTune.FunctionsApp.Functions;
using FineTune.FunctionsApp.Security;
using FineTune.Storage;
using FineTune.Workflow;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Runs;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace FineTune.FunctionsApp;

/// <summary>Everything behind the functions, put together.</summary>
public static class FineTuneServices
{
    /// <summary>Registers it.</summary>
    /// <param name="services">The app's services.</param>
    /// <param name="configuration">The app's settings.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is wrong; all that are wrong are named.</exception>
    public static IServiceCollection AddFineTune(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        (AppSettings settings, RunRequest defaultRequest) = AppSettings.Load(configuration);
        services.AddSingleton(settings);
        services.TryAddSingleton(TimeProvider.System);

        // The managed identity that AZURE_CLIENT_ID names; on a developer's machine, the developer.
        TokenCredential identity = new DefaultAzureCredential();
        AddWorkspace(services, settings.Workspace, identity);
        AddStorage(services, DatasetsAccount.Open(configuration, identity));
        services.AddSingleton<IDatasetPreparation>(provider => new DatasetPreparation(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(WorkflowTasks.AddTo(new DurableTaskRegistry()));
        services.AddSingleton<EndpointSweeper>();

        // A client comes with each invocation's binding: what needs one lives as long as the invocation.
        services.AddSingleton(new DatasetIntakeOptions { DefaultRequest = defaultRequest, SettlingTime = settings.Drops.SettlingTime });
        services.AddScoped<InvocationClient>();
        services.AddScoped<IOrchestrationClient>(provider => provider.GetRequiredService<InvocationClient>().Orchestrations);
        services.AddScoped<RunClient>().AddScoped<DatasetIntake>().AddScoped<JobEvents>();
        AddApi(services);
        return services;
    }

    private static void AddWorkspace(IServiceCollection services, WorkspaceSettings workspace, TokenCredential identity)
    {
        TokenCredential credential = workspace.SimulatorUri is null ? identity : new LoopbackCredential();
        services.AddSingleton(_ => new AzureMachineLearningClient(
            workspace.Identifier, credential, new AzureMachineLearningClientOptions { Cloud = workspace.FindAddresses() }));
        services.AddAzureMachineLearning(provider => provider.GetRequiredService<AzureMachineLearningClient>());
        services.AddSingleton<IDatastoreUploads>(provider => new DatastoreUploads(provider.GetRequiredService<IDatastoreAccess>(), credential));
    }

    private static void AddStorage(IServiceCollection services, BlobServiceClient account)
    {
        services.AddSingleton(account);
        services.AddSingleton<IDatasetSource>(new BlobDatasetSource(account));
        services.AddSingleton<IRunRecords>(new BlobRunRecords(account));
        services.AddSingleton<DroppedBlobReader>(provider => new DroppedBlobReader(account, provider.GetRequiredService<ILogger<DroppedBlobReader>>()));
        services.AddSingleton<DatasetReconciliation>();
    }

    private static void AddApi(IServiceCollection services)
    {
        services.AddSingleton<IHostReadiness, FunctionsReadiness>();
        services.AddSingleton<ApiPipeline>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, ApiAuthorizationResults>();
        services.AddRouting();
        AuthorizationBuilder authorization = services.AddAuthorizationBuilder();
        foreach (string role in ApiRoles.All)
        {
            authorization.AddPolicy(role, policy => policy.RequireRole(role));
        }
    }
}
