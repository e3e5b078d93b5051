using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FineTune.FunctionsApp.Durable;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Testing;
using Microsoft.Extensions.DependencyInjection;
using DurableTaskRegistry = FineTune.Durable.DurableTaskRegistry;

namespace FineTune.FunctionsApp.Tests.Host;

/// <summary>Microsoft's in-process host, running what a registry of ours holds through the app's own adapters.</summary>
internal static class InProcessHost
{
    public static Task<DurableTaskTestHost> StartAsync(DurableTaskRegistry registry, FastClock clock, Action<IServiceCollection> configure, Func<IServiceProvider, IServiceProvider> services) =>
        DurableTaskTestHost.StartAsync(
            theirs =>
            {
                foreach (string name in registry.Orchestrations.Keys)
                {
                    theirs.AddOrchestratorFunc<JsonElement?, JsonElement?>(
                        name, (context, _) => registry.RunOrchestrationAsync(new ScaledOrchestrationContext(context, clock)));
                }

                foreach (string name in registry.Activities.Keys)
                {
                    theirs.AddActivity(name, provider => new Activity(registry, services(provider)));
                }
            },
            new DurableTaskTestHostOptions { Port = FreePort(), ConfigureServices = configure });

    // The host's own choice is a random number, which may be taken.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Activity(DurableTaskRegistry registry, IServiceProvider services) : TaskActivity<JsonElement?, JsonElement?>
    {
        public override Task<JsonElement?> RunAsync(TaskActivityContext context, JsonElement? input) => registry.RunActivityAsync(
            new FineTune.Durable.ActivityContext(context.InstanceId, context.Name), input, services, CancellationToken.None);
    }
}
