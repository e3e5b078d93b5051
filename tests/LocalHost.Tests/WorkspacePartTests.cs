using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FineTune.LocalHost.Configuration;
using FineTune.LocalHost.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace FineTune.LocalHost.Tests;

public sealed class WorkspacePartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_port_of_the_simulator_that_is_in_use_is_named_with_the_setting_that_changes_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        var settings = new HostSettings
        {
            Port = 0,
            Data = _folder.Combine("data"),
            Storage = new StorageSettings { ConnectionString = "UseDevelopmentStorage=true" },
            Simulator = new SimulatorSettings { Port = port },
        };
        await using WebApplication host = LocalServer.Build(settings);
        await host.StartAsync();

        IOException error = await Assert.ThrowsAsync<IOException>(() => host.Services.GetRequiredService<HostLifetime>().Started);

        Assert.Contains(port.ToString(CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        Assert.Contains("FineTune__Simulator__Port", error.Message, StringComparison.Ordinal);
    }
}
