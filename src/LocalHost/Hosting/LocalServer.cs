using System.Net;
using FineTune.Api;
using FineTune.LocalHost.Configuration;
using FineTune.Workflow.Contracts;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace FineTune.LocalHost.Hosting;

/// <summary>The whole host, put together: the API on this machine's loopback address and everything behind it.</summary>
internal static class LocalServer
{
    /// <summary>Builds the host; <c>StartAsync</c> opens the listener and begins to start the parts.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="time">The clock of runs and simulated cloud; by the settings when null.</param>
    /// <param name="verbose">Whether the log shows what goes on, not only what goes wrong.</param>
    /// <returns>A host that is not started yet.</returns>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is wrong; all that are wrong are named.</exception>
    public static WebApplication Build(HostSettings settings, TimeProvider? time = null, bool verbose = false)
    {
        RunRequest defaultRequest = settings.Check();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.SetMinimumLevel(verbose ? LogLevel.Information : LogLevel.Warning).AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
        });
        if (!verbose)
        {
            // Why a host did not start is the command's to say, in a sentence; this category says it first, with all its calls.
            builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        }

        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, settings.Port);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        AddParts(builder.Services, settings, defaultRequest, time);

        WebApplication application = builder.Build();
        application.UseFineTuneProblems();
        application.UseLoopbackGuard();
        application.UseRouting();
        application.MapFineTuneApi().MapJobEvents();
        return application;
    }

    /// <summary>Where a started host answers.</summary>
    public static Uri Address(WebApplication application) =>
        new(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    private static void AddParts(IServiceCollection services, HostSettings settings, RunRequest defaultRequest, TimeProvider? time)
    {
        services.AddSingleton(settings);
        services.AddSingleton(_ =>
        {
            (TimeProvider clock, double speed) = time is null
                ? PersistentClock.Open(settings.Data, settings.Speed, TimeProvider.System)
                : (time, 1);
            return new HostClock(clock, speed, TimeProvider.System);
        });

        // In the order of their start.
        StoragePart.AddTo(services);
        WorkspacePart.AddTo(services);
        EnginePart.AddTo(services);
        DropsPart.AddTo(services, defaultRequest);
        SweeperPart.AddTo(services);
        services.AddSingleton<HostLifetime>();
        services.AddSingleton<IHostReadiness>(provider => provider.GetRequiredService<HostLifetime>());
        services.AddHostedService(provider => provider.GetRequiredService<HostLifetime>());
    }
}
