using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Azure.Storage.Blobs;
using FineTune.LocalHost.Azurite;
using FineTune.Tests.Shared;

namespace FineTune.Storage.Tests.Azurite;

public sealed class AzuriteProcessTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("azurite-");
    private readonly Messages _progress = new();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Emulator_keeps_its_blobs_over_a_restart_and_ends_with_its_host()
    {
        AzuriteOptions options = new() { Port = 0, Location = _folder.FullName };
        int id;
        await using (AzuriteProcess first = await AzuriteProcess.StartAsync(options, _progress))
        {
            id = first.ProcessId!.Value;
            BlobContainerClient container = Client(first).GetBlobContainerClient("kept");
            await container.CreateAsync();
            await container.GetBlobClient("a").UploadAsync(new BinaryData("content"));
            Assert.True(File.Exists(Path.Combine(_folder.FullName, "azurite.lock")));

            // A second one on the same folder would destroy the first one's tables.
            AzuriteException exception = await Assert.ThrowsAsync<AzuriteException>(() => AzuriteProcess.StartAsync(options));
            Assert.Contains("in use by another Azurite", exception.Message, StringComparison.Ordinal);

            await first.DisposeAsync();
            Assert.Null(await first.Completion);
        }

        Assert.Throws<ArgumentException>(() => Process.GetProcessById(id));
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "azurite.lock")));
        Assert.Contains("Starting the storage emulator (Azurite) ...", _progress);

        // What a container's restart leaves: the numbers of processes that are others by now.
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "azurite.lock"), $"{Environment.ProcessId} {int.MaxValue}");
        await using AzuriteProcess second = await AzuriteProcess.StartAsync(options);
        Assert.Equal("content", (await Client(second).GetBlobContainerClient("kept").GetBlobClient("a").DownloadContentAsync()).Value.Content.ToString());
    }

    [Fact]
    public async Task Emulator_that_lost_its_host_is_waited_for()
    {
        // Stands for an Azurite that is still saving: ends when its input does.
        ProcessStartInfo start = new("node") { RedirectStandardInput = true, UseShellExecute = false };
        start.ArgumentList.Add("-e");
        start.ArgumentList.Add("process.stdin.resume()");
        using Process orphan = Process.Start(start)!;
        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "azurite.lock"), string.Create(CultureInfo.InvariantCulture, $"{orphan.Id} {int.MaxValue}"));
        AtWord endOrphan = new("of an earlier host", () => orphan.StandardInput.Close());

        await using AzuriteProcess process = await AzuriteProcess.StartAsync(
            new AzuriteOptions { Port = 0, Location = _folder.FullName }, endOrphan);

        Assert.True(endOrphan.Seen);
        Assert.True(orphan.HasExited);
        await Client(process).GetPropertiesAsync();
    }

    [Fact]
    public async Task Emulator_that_dies_says_so()
    {
        await using AzuriteProcess process = await AzuriteProcess.StartAsync(new AzuriteOptions { Port = 0 });

        using (Process child = Process.GetProcessById(process.ProcessId!.Value))
        {
            child.Kill();
        }

        Assert.StartsWith("Azurite ended with code", await process.Completion, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Emulator_that_runs_already_is_used_and_left_running()
    {
        await using (AzuriteProcess other = await AzuriteProcess.StartAsync(new AzuriteOptions { Port = azurite.Connection.Port }, _progress))
        {
            Assert.Null(other.ProcessId);
            Assert.Equal(azurite.Connection, other.Connection);
            Assert.Equal([$"Using the blob service that listens on {azurite.Connection.BlobEndpoint}."], _progress);
        }

        await azurite.Service.GetPropertiesAsync();
    }

    [Fact]
    public async Task Port_of_another_program_is_named_with_the_next_step()
    {
        await using OtherProgram program = new();
        int port = program.Port;

        AzuriteException exception = await Assert.ThrowsAsync<AzuriteException>(() => AzuriteProcess.StartAsync(new AzuriteOptions { Port = port }));

        Assert.Equal(
            $"Port {port.ToString(CultureInfo.InvariantCulture)} is in use by another program. Pass --blob-port or a storage connection string.", exception.Message);
    }

    [Fact]
    public async Task Missing_node_is_named_with_the_next_step()
    {
        AzuriteException exception = await Assert.ThrowsAsync<AzuriteException>(
            () => AzuriteProcess.StartAsync(new AzuriteOptions { Port = 0, Node = Path.Combine(_folder.FullName, "node") }));

        Assert.Contains("Install Node.js 20 or newer", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_packages_are_named_with_the_next_step()
    {
        AzuriteException exception = await Assert.ThrowsAsync<AzuriteException>(
            () => AzuriteProcess.StartAsync(new AzuriteOptions { Port = 0, NodeModules = _folder.FullName }));

        Assert.Contains("npm ci", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broken_installation_is_told_in_its_own_words()
    {
        string entry = Path.Combine(_folder.FullName, "azurite", "dist", "src", "blob", "main.js");
        Directory.CreateDirectory(Path.GetDirectoryName(entry)!);
        await File.WriteAllTextAsync(entry, "throw new Error('half a download');");

        AzuriteException exception = await Assert.ThrowsAsync<AzuriteException>(
            () => AzuriteProcess.StartAsync(new AzuriteOptions { Port = 0, NodeModules = _folder.FullName }));

        Assert.Contains("half a download", exception.Message, StringComparison.Ordinal);
    }

    private static BlobServiceClient Client(AzuriteProcess process) => new(process.Connection.ConnectionString);

    /// <summary>A web server that is no blob service.</summary>
    private sealed class OtherProgram : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _answering;

        public OtherProgram()
        {
            _listener.Start();
            _answering = AnswerAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await _answering;
        }

        private async Task AnswerAsync()
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await _listener.AcceptTcpClientAsync();
                    await using NetworkStream stream = client.GetStream();
                    if (await stream.ReadAsync(new byte[4096]) > 0)
                    {
                        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"u8.ToArray());
                    }
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // Stopped.
            }
        }
    }

    private sealed class AtWord(string word, Action action) : IProgress<string>
    {
        public bool Seen { get; private set; }

        public void Report(string value)
        {
            if (value.Contains(word, StringComparison.Ordinal))
            {
                Seen = true;
                action();
            }
        }
    }

    private sealed class Messages : List<string>, IProgress<string>
    {
        public void Report(string value) => Add(value);
    }
}
