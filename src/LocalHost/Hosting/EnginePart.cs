using FineTune.Api;
using FineTune.Datasets;
using FineTune.Durable;
using FineTune.Durable.Embedded;
using FineTune.LocalHost.Configuration;
using FineTune.Workflow;
using FineTune.Workflow.Ports;
using FineTune.Workflow.Runs;

namespace FineTune.LocalHost.Hosting;

/// <summary>The embedded engine and the workflow it runs.</summary>
internal sealed class EnginePart(DurableTaskEngine engine, HostSettings settings) : HostPart(HostParts.Engine)
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    public static void AddTo(IServiceCollection services)
    {
        services.AddSingleton<IDatasetPreparation>(provider => new DatasetPreparation(provider.GetRequiredService<HostClock>().Real));
        services.AddSingleton(_ => WorkflowTasks.AddTo(new DurableTaskRegistry()));
        services.AddSingleton(provider => new DurableTaskEngine(
            provider.GetRequiredService<DurableTaskRegistry>(),
            provider,
            new DurableTaskEngineOptions
            {
                DatabasePath = Path.Combine(provider.GetRequiredService<HostSettings>().Data, "runs.db"),
                TimeProvider = provider.GetRequiredService<HostClock>().Time,
            },
            provider.GetRequiredService<ILogger<DurableTaskEngine>>()));
        services.AddSingleton(provider => provider.GetRequiredService<DurableTaskEngine>().Client);
        services.AddSingleton<RunClient>();
        services.AddSingleton<JobEvents>();
        services.AddSingleton<HostPart, EnginePart>();
    }

    /// <inheritdoc/>
    public override async Task<string> StartAsync(IProgress<string> progress, CancellationToken stopping)
    {
        await engine.StartAsync(stopping);
        return $"runs in {Path.GetFullPath(settings.Data)}";
    }

    /// <inheritdoc/>
    public override async Task StopAsync()
    {
        using var patience = new CancellationTokenSource(StopTimeout);
        await engine.StopAsync(patience.Token);
    }
}
