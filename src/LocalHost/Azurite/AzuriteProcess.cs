using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Azure;
using Azure.Storage.Blobs;

namespace FineTune.LocalHost.Azurite;

/// <summary>
/// The storage emulator for as long as this process lives: a child that ends with its host, however the host ends, or an Azurite that was there
/// already and is left running. Strict mode: what real storage refuses, it refuses.
/// </summary>
public sealed partial class AzuriteProcess : IAsyncDisposable
{
    private const int KeptErrorLines = 20;

    /// <summary>
    /// Runs Azurite inside node. Its life hangs on its standard input: when the host closes it, or dies and the system closes it, Azurite saves and ends.
    /// Signals are not for it: Ctrl+C and a service's stop reach every process of the group, and the host still writes while it stops.
    /// Its telemetry library, more than half of its start-up time and memory, is replaced by nothing, since telemetry is off.
    /// The file azurite.lock lets the next host find an Azurite that is still saving.
    /// </summary>
    private const string Script = """
        const fs = require("fs");
        const [, entry] = process.argv;
        const lock = process.env.FINETUNE_AZURITE_LOCK;
        if (lock) {
          fs.writeFileSync(lock, `${process.pid} ${process.ppid}`);
          process.on("exit", () => fs.rmSync(lock, { force: true }));
        }
        let stop = () => process.exit(0);
        for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
        process.on("newListener", (signal, listener) => {
          if (signal === "SIGTERM") stop = listener;
          if (signal === "SIGTERM" || signal === "SIGINT") setImmediate(() => process.removeListener(signal, listener));
        });
        process.stdout.on("error", () => {});
        process.stderr.on("error", () => {});
        process.stdin.on("error", () => {});
        process.stdin.once("close", () => { setTimeout(() => process.exit(1), 10000).unref(); stop(); });
        process.stdin.resume();
        try {
          const unused = require("module").createRequire(entry).resolve("applicationinsights");
          require.cache[unused] = { id: unused, filename: unused, loaded: true, exports: {} };
        } catch { }
        require(entry);
        """;

    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);

    private readonly Process? _process;
    private readonly TaskCompletionSource<int> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<string> _errors = new();
    private bool _stopping;

    private AzuriteProcess(AzuriteConnection connection)
    {
        Connection = connection;
        Completion = new TaskCompletionSource<string?>().Task;
    }

    private AzuriteProcess(Process process)
    {
        _process = process;
        Connection = new AzuriteConnection(0);
        Completion = RunAsync(process);
    }

    /// <summary>How it is reached.</summary>
    public AzuriteConnection Connection { get; private set; }

    /// <summary>The child's process id; null for an Azurite that was there already.</summary>
    public int? ProcessId { get; private init; }

    /// <summary>Ends with the child: null when this object stopped it, else what it said when it died. Never ends for an Azurite that was there already.</summary>
    public Task<string?> Completion { get; }

    /// <summary>Uses the blob service that listens on the port, or starts one, and returns when it answers.</summary>
    /// <param name="options">How it is started.</param>
    /// <param name="progress">Told what is going on, in sentences for a person; may be null.</param>
    /// <param name="cancellationToken">Stops waiting, and the child.</param>
    /// <returns>The running emulator.</returns>
    /// <exception cref="AzuriteException">It can't be started; the message has the next step.</exception>
    public static async Task<AzuriteProcess> StartAsync(
        AzuriteOptions options, IProgress<string>? progress = null, CancellationToken cancellationToken = default)
    {
        AzuriteLock? folderLock = options.Location is null ? null : AzuriteLock.Of(options.Location);
        bool inUse = folderLock is not null && await folderLock.WaitForOrphanAsync(progress, cancellationToken);

        if (options.Port != 0 && await ListensAsync(options.Port, cancellationToken))
        {
            AzuriteConnection connection = new(options.Port);
            await ProbeAsync(connection, cancellationToken);
            progress?.Report($"Using the blob service that listens on {connection.BlobEndpoint}.");
            return new AzuriteProcess(connection);
        }

        if (inUse)
        {
            throw new AzuriteException(
                $"The folder {options.Location} is in use by another Azurite on another port. Stop that one, or choose another folder for the data.");
        }

        string modules = options.NodeModules ?? FindNodeModules();
        AzuriteProcess azurite = Launch(options, modules, folderLock, progress);
        try
        {
            await azurite.WaitUntilListeningAsync(options, progress, cancellationToken);
            return azurite;
        }
        catch
        {
            await azurite.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the child: it saves and ends, or is killed after 8 seconds. An Azurite that was there already runs on.</summary>
    /// <returns>When it has ended.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_process is null || _stopping)
        {
            return;
        }

        _stopping = true;
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It died on its own; there is nobody to tell.
        }

        try
        {
            await Completion.WaitAsync(StopTimeout);
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            await Completion;
        }

        _process.Dispose();
    }

    private static AzuriteProcess Launch(AzuriteOptions options, string modules, AzuriteLock? folderLock, IProgress<string>? progress)
    {
        string entry = Path.Combine(modules, "azurite", "dist", "src", "blob", "main.js");
        if (!File.Exists(entry))
        {
            throw NotInstalled(modules);
        }

        ProcessStartInfo start = new(options.Node)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (string argument in (string[])
            [
                "--max-semi-space-size=2", "-e", Script, "--", entry,
                "--blobHost", "127.0.0.1", "--blobPort", options.Port.ToString(CultureInfo.InvariantCulture),
                "--silent", "--skipApiVersionCheck", "--disableTelemetry",
            ])
        {
            start.ArgumentList.Add(argument);
        }

        // Settings of the user's own Azurite would give ours other accounts or another database.
        start.Environment.Remove("AZURITE_ACCOUNTS");
        start.Environment.Remove("AZURITE_DB");
        start.Environment.Remove("FINETUNE_AZURITE_LOCK");

        // Finds Azurite's dependencies also where node_modules is a link to a folder of another name.
        start.Environment["NODE_PATH"] = modules;
        if (folderLock is null)
        {
            start.ArgumentList.Add("--inMemoryPersistence");
        }
        else
        {
            start.ArgumentList.Add("--location");
            start.ArgumentList.Add(folderLock.Folder);
            start.Environment["FINETUNE_AZURITE_LOCK"] = folderLock.Path;
        }

        progress?.Report("Starting the storage emulator (Azurite) ...");
        try
        {
            Process process = Process.Start(start) ?? throw new AzuriteException($"'{options.Node}' was not started.");
            return new AzuriteProcess(process) { ProcessId = process.Id };
        }
        catch (Win32Exception exception)
        {
            throw new AzuriteException(
                $"Azurite, the storage emulator, needs Node.js, and '{options.Node}' could not be started ({exception.Message}). "
                + "Install Node.js 20 or newer and put it on the PATH, or pass a storage connection string.",
                exception);
        }
    }

    private async Task WaitUntilListeningAsync(AzuriteOptions options, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.StartTimeout);
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                Connection = new AzuriteConnection(await _listening.Task.WaitAsync(ProgressInterval, timeout.Token));
                progress?.Report($"The storage emulator listens on {Connection.BlobEndpoint}.");
                return;
            }
            catch (TimeoutException)
            {
                progress?.Report(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Still waiting for the storage emulator ({Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s of {options.StartTimeout.TotalSeconds:F0} s) ..."));
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw new AzuriteException(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Azurite did not answer within {options.StartTimeout.TotalSeconds:F0} s. It said: {ErrorText()}"),
                    exception);
            }
        }
    }

    /// <summary>Reads what the child says until it ends.</summary>
    private async Task<string?> RunAsync(Process process)
    {
        await Task.WhenAll(ReadOutputAsync(process.StandardOutput), ReadErrorsAsync(process.StandardError));
        await process.WaitForExitAsync();
        string end = string.Create(CultureInfo.InvariantCulture, $"Azurite ended with code {process.ExitCode}. It said: {ErrorText()}");
        _listening.TrySetException(
            ErrorText().Contains("EADDRINUSE", StringComparison.Ordinal)
                ? PortTaken(PortIn(ErrorText()))
                : new AzuriteException($"{end} Run 'npm ci' in the project's folder to repair its installation, or pass a storage connection string."));

        // When nobody waits for the start any more, the exception has been told by Completion.
        _ = _listening.Task.Exception;
        return _stopping ? null : end;
    }

    private async Task ReadOutputAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            if (Listening().Match(line) is { Success: true } match)
            {
                _listening.TrySetResult(int.Parse(match.Groups["port"].ValueSpan, CultureInfo.InvariantCulture));
            }
        }
    }

    private async Task ReadErrorsAsync(StreamReader errors)
    {
        while (await errors.ReadLineAsync() is { } line)
        {
            lock (_errors)
            {
                if (_errors.Count == KeptErrorLines)
                {
                    _errors.Dequeue();
                }

                _errors.Enqueue(line);
            }
        }
    }

    private string ErrorText()
    {
        lock (_errors)
        {
            return _errors.Count == 0 ? "nothing." : string.Join('\n', _errors);
        }
    }

    private static async Task<bool> ListensAsync(int port, CancellationToken cancellationToken)
    {
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Makes sure that what listens is a blob service with the emulator's account.</summary>
    private static async Task ProbeAsync(AzuriteConnection connection, CancellationToken cancellationToken)
    {
        BlobClientOptions once = new() { Retry = { MaxRetries = 0, NetworkTimeout = ProbeTimeout } };
        try
        {
            await new BlobServiceClient(connection.ConnectionString, once).GetPropertiesAsync(cancellationToken);
        }
        catch (Exception exception) when (
            exception is RequestFailedException or IOException or FormatException or System.Xml.XmlException or AggregateException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw PortTaken(connection.Port, exception);
        }
    }

    private static string FindNodeModules()
    {
        foreach (string from in (string[])[AppContext.BaseDirectory, Directory.GetCurrentDirectory()])
        {
            for (DirectoryInfo? folder = new(from); folder is not null; folder = folder.Parent)
            {
                string modules = Path.Combine(folder.FullName, "node_modules");
                if (Directory.Exists(Path.Combine(modules, "azurite")))
                {
                    return modules;
                }
            }
        }

        throw NotInstalled($"{AppContext.BaseDirectory} and {Directory.GetCurrentDirectory()}, and the folders above");
    }

    private static AzuriteException NotInstalled(string where) => new(
        $"Azurite, the storage emulator, was not found in {where}. Run 'npm ci' in the project's folder (its build does so too), "
        + "or pass a storage connection string.");

    private static AzuriteException PortTaken(int port, Exception? innerException = null) => new(
        string.Create(CultureInfo.InvariantCulture, $"Port {port} is in use by another program. Pass --blob-port or a storage connection string."),
        innerException);

    private static int PortIn(string errors) =>
        InUse().Match(errors) is { Success: true } match ? int.Parse(match.Groups["port"].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"successfully listens on http://127\.0\.0\.1:(?<port>\d{1,5})", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Listening();

    [GeneratedRegex(@"EADDRINUSE[^\n]*:(?<port>\d{1,5})", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex InUse();
}
