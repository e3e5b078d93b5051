using System.Net;
using System.Security.Cryptography.X509Certificates;
using FineTune.Simulator.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

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

            // Why it did not start is thrown; this category would log it before, with all its calls.
            builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        }

        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, HostedLifetime>();
        builder.Services.AddSingleton(services => new Simulation(options, time, services.GetRequiredService<ILoggerFactory>()));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, options.Port);
            if (options.HttpsPort is { } port)
            {
                X509Certificate2 certificate = SimulatorCertificate.Open(options.DataDirectory, options.Location, TimeProvider.System);
                kestrel.Listen(IPAddress.Loopback, port, listen =>
                {
                    listen.Protocols = HttpProtocols.Http1;
                    listen.Use(ConnectProxy.Use);
                    listen.UseHttps(certificate);
                });
            }
        });
        WebApplication application = builder.Build();
        Simulation simulation = application.Services.GetRequiredService<Simulation>();
        application.Use(simulation.RouteByHostAsync);
        application.UseRouting();
        simulation.Map(application);
        application.Lifetime.ApplicationStarted.Register(() => simulation.Start(BaseAddress(application)));
        return application;
    }

    /// <summary>Address of a started simulator, such as <c>http://127.0.0.1:5000</c>.</summary>
    /// <param name="application">An application of <see cref="Build"/> that was started.</param>
    /// <returns>Its address without a slash at the end.</returns>
    public static Uri BaseAddress(WebApplication application) =>
        new(Addresses(application).First());

    /// <summary>Address of a started simulator's https port, such as <c>https://127.0.0.1:5001</c>.</summary>
    /// <param name="application">An application of <see cref="Build"/> that was started.</param>
    /// <returns>Its address without a slash at the end; none if it has no such port.</returns>
    public static Uri? HttpsAddress(WebApplication application) =>
        Addresses(application).FirstOrDefault(address => address.StartsWith("https:", StringComparison.Ordinal)) is { } address ? new Uri(address) : null;

    private static ICollection<string> Addresses(WebApplication application) =>
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;

    /// <summary>The simulator lives as long as its host wants: Ctrl+C is the host's affair.</summary>
    private sealed class HostedLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
