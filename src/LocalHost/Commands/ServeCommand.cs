using System.CommandLine;
using System.Globalization;
using FineTune.Api;
using FineTune.LocalHost.Configuration;
using FineTune.LocalHost.Hosting;
using FineTune.LocalHost.Output;
using Microsoft.AspNetCore.Connections;

namespace FineTune.LocalHost.Commands;

/// <summary><c>finetune serve</c>: the host.</summary>
internal static class ServeCommand
{
    private const int Indent = 11;

    public static Command Create(CommandContext context)
    {
        var port = new Option<int?>("--port") { Description = "The API's port on 127.0.0.1; 0 takes any free one (default: 7071).", HelpName = "number" };
        var data = new Option<string?>("--data") { Description = "The folder of the host's state (default: .finetune).", HelpName = "folder" };
        Option<double?> speed = CommonOptions.Speed("Lets the host's clock and the simulated cloud's go faster, 60 for an hour in a minute. Kept in the data folder.");
        Option<bool> verbose = CommonOptions.Verbose();
        var command = new Command("serve", "Runs the host: HTTP API, dropped datasets, sweeper; with Azurite and a simulated workspace unless real ones are configured.")
        {
            port, data, speed, verbose,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            HostSettings settings = HostSettings.Load();
            settings.Port = parsed.GetValue(port) ?? settings.Port;
            settings.Data = parsed.GetValue(data) ?? settings.Data;
            settings.Speed = parsed.GetValue(speed) ?? settings.Speed;
            return RunAsync(context, settings, parsed.GetValue(verbose), cancellationToken);
        });
        return command.WithExamples("""
              finetune serve
              finetune serve --speed 60 --data /tmp/try
              FineTune__Workspace__SubscriptionId=... \
              FineTune__Workspace__ResourceGroup=... \
              FineTune__Workspace__Name=... finetune serve      a real workspace
            """);
    }

    private static async Task<int> RunAsync(CommandContext context, HostSettings settings, bool verbose, CancellationToken cancellationToken)
    {
        await using WebApplication application = Build(settings, verbose);
        HostLifetime lifetime = application.Services.GetRequiredService<HostLifetime>();
        lifetime.OnChanged = part => Show(context.Screen, part);
        await StartAsync(application, settings, cancellationToken);
        context.Screen.WriteLabelled("Listening", $"{LocalServer.Address(application)}api/runs", Screen.Good, Indent);
        double speed = application.Services.GetRequiredService<HostClock>().Speed;
        if (speed is not 1)
        {
            context.Screen.WriteLabelled("Clock", string.Create(CultureInfo.InvariantCulture, $"{speed} seconds in each real second"), Screen.Notice, Indent);
        }

        await application.WaitForShutdownAsync(cancellationToken);
        return lifetime.Failure is { } failure ? throw new CommandFailedException(failure) : ExitCode.Success;
    }

    /// <summary>Builds a host for a command.</summary>
    public static WebApplication Build(HostSettings settings, bool verbose)
    {
        try
        {
            WebApplication application = LocalServer.Build(settings, verbose: verbose);
            application.Services.GetRequiredService<HostClock>();
            return application;
        }
        catch (InvalidDataException error)
        {
            throw new CommandFailedException(error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The data folder '{settings.Data}' can't be used: {error.Message} Choose another with --data.");
        }
    }

    /// <summary>Opens a host's listener.</summary>
    public static async Task StartAsync(WebApplication application, HostSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            throw new CommandFailedException($"Port {settings.Port} is in use by another program. Choose another with --port.");
        }
    }

    /// <summary>Prints what a part of the host is doing.</summary>
    public static void Show(Screen screen, PartReadiness part)
    {
        if (part.Detail is not null)
        {
            string name = string.Concat(part.Name[..1].ToUpperInvariant(), part.Name.AsSpan(1));
            screen.WriteLabelled(name, part.Detail, part.Ready ? null : Screen.Quiet, Indent);
        }
    }
}
