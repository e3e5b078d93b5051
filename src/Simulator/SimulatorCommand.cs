using System.Globalization;
using System.Runtime.InteropServices;
using FineTune.Simulator.Datastores;
using FineTune.Simulator.Hosting;
using FineTune.Simulator.State;
using Microsoft.AspNetCore.Connections;

namespace FineTune.Simulator;

/// <summary>The simulator as a program of its own.</summary>
public static class SimulatorCommand
{
    private const string Help = """
        An Azure Machine Learning workspace on localhost, for clients that believe they talk to Azure.

          --data <folder>             where its state is kept (default: .finetune/simulator)
          --port <number>             port on 127.0.0.1; 0 takes any free one (default: 8471)
          --https <number>            second port, for https and as a proxy for Azure's own names (default: none)
          --blob <connection string>  storage account of the datastore workspaceblobstore
                                      (default: UseDevelopmentStorage=true, which is Azurite)
          --datastore <credentials>   what that datastore gives to clients: AccountKey (default), Sas or None
          --speed <number>            simulated seconds in a real second (default: 1, as slow as the real service)
          --events <url>              webhook that gets events about runs, as Event Grid would deliver them
          --loose                     lets through what the service would refuse: unknown members, wrong spelling
          --faults                    allows PUT /simulator/faults
          --help                      this text

        Begin with a storage emulator, and a cloud that is sixty times as fast:

          npx azurite-blob --inMemoryPersistence
          dotnet run --project src/Simulator -- --speed 60 --https 8472

        then look at http://127.0.0.1:8471/, which shows what it holds. Microsoft's own clients need nothing but their environment:

          export HTTPS_PROXY=http://127.0.0.1:8472
          export REQUESTS_CA_BUNDLE=.finetune/simulator/certificate.pem    Python, azure-ai-ml
          export NODE_EXTRA_CA_CERTS=.finetune/simulator/certificate.pem   JavaScript, @azure/arm-machinelearning
          export SSL_CERT_FILE=.finetune/simulator/certificate.pem         .NET, Azure.ResourceManager
          export AZURE_TENANT_ID=any AZURE_CLIENT_ID=any AZURE_CLIENT_SECRET=any

          subscription 00000000-0000-0000-0000-000000000001, resource group rg-simulator, workspace ws-simulator, region eastus

        Any other client: any bearer token, any api-version.

          curl -H "Authorization: Bearer any" "http://127.0.0.1:8471/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-simulator/providers/Microsoft.MachineLearningServices/workspaces/ws-simulator/computes?api-version=2024-04-01"

        Ctrl+C ends it; started again with the same --data it goes on where it was.
        """;

    /// <summary>Runs the simulator until Ctrl+C.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">Where the address is written.</param>
    /// <param name="errors">Where mistakes in the command line are written.</param>
    /// <param name="clock">The real clock.</param>
    /// <returns>The exit code: 0; 1 if the port or the data directory is in use; 2 if the command line cannot be read.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors, TimeProvider clock)
    {
        SimulatorOptions options = new()
        {
            DataDirectory = Path.Combine(".finetune", "simulator"),
            Port = 8471,
            BlobConnectionString = "UseDevelopmentStorage=true",
            LogToConsole = true,
        };
        double speed = 1;
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (name is "--help" or "-h" or "-?")
            {
                await output.WriteLineAsync(Help);
                return 0;
            }

            if (name == "--faults")
            {
                options = options with { AllowFaultChanges = true };
                continue;
            }

            if (name == "--loose")
            {
                options = options with { Loose = true };
                continue;
            }

            string? value = i + 1 < arguments.Length ? arguments[++i] : null;
            bool understood = value is not null;
            switch (name)
            {
                case "--data" when value is not null:
                    options = options with { DataDirectory = value };
                    break;
                case "--blob" when value is not null:
                    options = options with { BlobConnectionString = value };
                    break;
                case "--datastore" when Enum.TryParse(value, ignoreCase: true, out DatastoreCredentials credentials) && Enum.IsDefined(credentials):
                    options = options with { DatastoreCredentials = credentials };
                    break;
                case "--port" when ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port):
                    options = options with { Port = port };
                    break;
                case "--https" when ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort https):
                    options = options with { HttpsPort = https };
                    break;
                case "--events" when Uri.TryCreate(value, UriKind.Absolute, out Uri? webhook) && webhook.Scheme is "http" or "https":
                    options = options with { EventsWebhook = webhook };
                    break;
                case "--speed" when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double factor) && factor > 0 && double.IsFinite(factor):
                    speed = factor;
                    break;
                default:
                    understood = false;
                    break;
            }

            if (!understood)
            {
                await errors.WriteLineAsync($"The option {name} is not known, or its value is missing or wrong. --help lists the options.");
                return 2;
            }
        }

        options = options with { ClientTimeFactor = speed };
        try
        {
            await ServeAsync(options, ClockOf(options, clock, speed), output);
            return 0;
        }
        catch (IOException exception)
        {
            string reason = exception.InnerException is AddressInUseException
                ? $"{exception.Message} Choose another with --port (or --https)."
                : exception.Message;
            await errors.WriteLineAsync($"The simulator cannot start: {reason}");
            return 1;
        }
    }

    private static async Task ServeAsync(SimulatorOptions options, TimeProvider time, TextWriter output)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            ended.TrySetResult();
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        await using WebApplication application = SimulatorApplication.Build(options, time);
        await application.StartAsync();
        if (SimulatorApplication.HttpsAddress(application) is { } https)
        {
            await output.WriteLineAsync($"https: {https}, certificate {Path.GetFullPath(Path.Combine(options.DataDirectory, SimulatorCertificate.FileName))}");
        }

        await output.WriteLineAsync($"Azure ML simulator at {SimulatorApplication.BaseAddress(application)} (workspace {options.WorkspaceName}, data in {Path.GetFullPath(options.DataDirectory)})");
        await ended.Task;
    }

    /// <summary>A clock that goes on from where it was when the same data directory was used last, so that simulated time never runs backwards.</summary>
    /// <param name="options">Names the data directory.</param>
    /// <param name="clock">The real clock.</param>
    /// <param name="speed">Simulated seconds in a real second, above 0.</param>
    /// <returns>The simulated clock.</returns>
    public static TimeProvider ClockOf(SimulatorOptions options, TimeProvider clock, double speed)
    {
        DateTimeOffset now = clock.GetUtcNow();
        using ResourceStore store = new(options.DataDirectory, options.FlushToDisk);
        lock (store.Gate)
        {
            ClockRecord? earlier = store.Find<ClockRecord>(ClockRecord.OnlyKey);
            if (earlier is null || !earlier.Speed.Equals(speed))
            {
                DateTimeOffset shown = earlier is null ? now : earlier.SimulatedAnchor + ((now - earlier.RealAnchor) * earlier.Speed);
                earlier = new ClockRecord(now, shown, speed);
                store.Save(earlier);
            }

            return new ScaledTimeProvider(clock, earlier.RealAnchor, earlier.SimulatedAnchor, speed);
        }
    }
}
