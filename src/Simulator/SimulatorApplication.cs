using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace FineTune.Simulator;

/// <summary>Hosts a simulated workspace in this process.</summary>
public static class SimulatorApplication
{
    /// <summary>
    /// Builds the web application; <c>StartAsync</c> opens its port on 127.0.0.1. Disposing it ends the simulator as suddenly as a crash
    /// would: everything goes on when a new one is built over the same data directory.
    /// </summary>
    /// <param name="options">Names, data directory, port, durations, faults.</param>
    /// <param name="time">The simulated cloud's clock.</param>
    /// <returns>An application that is not started yet.</returns>
    /// <exception cref="IOException">The data directory is in use by another simulator, or cannot be written.</exception>
    public static WebApplication Build(SimulatorOptions options, TimeProvider time)
    {
        if (options.PageSize < 1)
        {
            throw new ArgumentException("PageSize has to be at least 1.", nameof(options));
        }

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(SimulatorApplication).Assembly.GetName().Name });
        if (options.LogToConsole)
        {
            builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        }

        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, HostedLifetime>();
        builder.Services.AddSingleton(services => new Simulation(options, time, services.GetRequiredService<ILoggerFactory>()));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port);
        });
        WebApplication application = builder.Build();
        application.UseRouting();
        application.Services.GetRequiredService<Simulation>().Map(application);
        return application;
    }

    /// <summary>Address of a started simulator, such as <c>http://127.0.0.1:5000</c>.</summary>
    /// <param name="application">An application of <see cref="Build"/> that was started.</param>
    /// <returns>Its address without a slash at the end.</returns>
    public static Uri BaseAddress(WebApplication application) =>
        new(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>The simulator lives as long as its host wants: Ctrl+C is the host's affair.</summary>
    private sealed class HostedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
