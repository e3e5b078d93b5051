using System.Diagnostics;
using System.Globalization;
using System.Text;
using FineTune.LocalHost.Commands;

namespace FineTune.LocalHost.Tests;

/// <summary>The program as a process of its own: what it starts, whom it asks, and what it leaves when it is killed.</summary>
public sealed class OfflineProcessTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();

    private string TracePath => Path.Combine(Path.GetTempPath(), Path.GetFileName(_folder.FullName) + ".nettrace");

    public void Dispose()
    {
        _folder.Dispose();
        File.Delete(TracePath);
    }

    [UnixFact]
    public async Task Neither_Azurite_nor_node_is_started_and_no_state_is_made()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(20));
        string started = AddNodeThatSaysSo();

        Assert.Equal(ExitCode.Success, await RunAsync("validate", name));
        Assert.Equal(ExitCode.Success, await RunAsync("prepare", name, "--out", _folder.Combine("prepared")));

        Assert.False(File.Exists(started));
        Assert.Equal(["bin", "chat.jsonl", "prepared"], Directory.EnumerateFileSystemEntries(_folder.FullName).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));

        // That this node would have been found: the host's storage is Azurite, and asks for it.
        Assert.Equal(ExitCode.Failure, await RunAsync("serve", "--port", "0"));
        Assert.True(File.Exists(started));
    }

    [Fact]
    public async Task No_network_is_asked()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(20));
        string parquet = FineTuneProgram.Sample("support-chat.parquet");

        Assert.Equal(ExitCode.Success, await RunAsync("validate", name));
        Assert.Equal(0, CountConnections());
        Assert.Equal(ExitCode.Success, await RunAsync("prepare", parquet, "--out", _folder.Combine("prepared")));
        Assert.Equal(0, CountConnections());

        // That it would have been seen: this command asks a host.
        Assert.Equal(ExitCode.Failure, await RunAsync("list", "--url", "http://127.0.0.1:1"));
        Assert.NotEqual(0, CountConnections());
    }

    [UnixFact]
    public async Task A_prepare_that_is_killed_leaves_the_folder_as_it_was_and_the_next_one_cleans_up()
    {
        string name = _folder.Write("chat.jsonl", Rows.Many(20));
        string prepared = _folder.Combine("prepared");
        Assert.Equal(ExitCode.Success, await RunAsync("prepare", name, "--out", prepared));
        byte[] before = await File.ReadAllBytesAsync(Path.Combine(prepared, "manifest.json"));
        string pipe = _folder.Combine("endless.jsonl");
        await EndAsync(Process.Start("mkfifo", pipe)!);

        // It waits for more of its dataset while it is killed.
        using (Process process = Start("prepare", pipe, "--out", prepared))
        {
            await using (var dataset = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                await dataset.WriteAsync(Encoding.UTF8.GetBytes(Rows.Many(50_000)));
                await dataset.FlushAsync();
                Assert.NotEmpty(Directory.EnumerateFiles(_folder.Combine(".prepared.preparing"), "train_sft.jsonl", SearchOption.AllDirectories));
                process.Kill();
            }

            Assert.NotEqual(ExitCode.Success, await EndAsync(process));
        }

        Assert.True(Directory.Exists(_folder.Combine(".prepared.preparing")));
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(prepared, "manifest.json")));
        Assert.Equal(ExitCode.Success, await RunAsync("prepare", name, "--out", prepared));
        Assert.False(Directory.Exists(_folder.Combine(".prepared.preparing")));
    }

    [UnixFact]
    public async Task A_prepare_that_is_stopped_while_it_waits_for_more_of_its_dataset_ends_and_leaves_nothing()
    {
        string pipe = _folder.Combine("endless.jsonl");
        await EndAsync(Process.Start("mkfifo", pipe)!);
        using Process process = Start("prepare", pipe, "--out", _folder.Combine("prepared"));
        await using (var dataset = new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            await dataset.WriteAsync(Encoding.UTF8.GetBytes(Rows.Many(50_000)));
            await dataset.FlushAsync();
            await EndAsync(Process.Start("kill", process.Id.ToString(CultureInfo.InvariantCulture))!);

            Assert.Equal(ExitCode.Failure, await EndAsync(process));
        }

        Assert.Equal(["endless.jsonl"], Directory.EnumerateFileSystemEntries(_folder.FullName).Select(path => Path.GetFileName(path)));
    }

    [Theory]
    [InlineData("chat.jsonl", ExitCode.Success)]
    [InlineData("chat.txt", ExitCode.Failure)]
    [InlineData("chat.parquet", ExitCode.Failure)]
    public async Task No_temporary_folder_is_left(string name, int expected)
    {
        string file = _folder.Write(name, Rows.Many(20));
        string temporary = Directory.CreateDirectory(_folder.Combine("temporary")).FullName;
        using Process process = Start(start => start.Environment["TMPDIR"] = start.Environment["TMP"] = temporary, "validate", file);

        Assert.Equal(expected, await EndAsync(process));

        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary, "finetune-*"));
    }

    /// <summary>A <c>node</c> that leaves a file when it is started.</summary>
    private string AddNodeThatSaysSo()
    {
        string bin = Directory.CreateDirectory(_folder.Combine("bin")).FullName;
        string started = Path.Combine(bin, "started");
        string node = Path.Combine(bin, "node");
        File.WriteAllText(node, $"#!/bin/sh\n: > '{started}'\nexit 1\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(node, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return started;
    }

    private async Task<int> RunAsync(params string[] arguments)
    {
        using Process process = Start(arguments);
        return await EndAsync(process);
    }

    private static async Task<int> EndAsync(Process process)
    {
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    private Process Start(params string[] arguments) => Start(static _ => { }, arguments);

    private Process Start(Action<ProcessStartInfo> configure, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = _folder.FullName, UseShellExecute = false };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "finetune.dll"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        // One that somebody runs on the usual port would be taken.
        start.Environment["FineTune__Storage__AzuritePort"] = "0";
        start.Environment["PATH"] = _folder.Combine("bin") + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");

        // The runtime writes down each connection and each name that it looks up.
        start.Environment["DOTNET_EnableEventPipe"] = "1";
        start.Environment["DOTNET_EventPipeConfig"] = "System.Net.Sockets:ffffffffffffffff:5,System.Net.NameResolution:ffffffffffffffff:5";
        start.Environment["DOTNET_EventPipeOutputPath"] = TracePath;
        configure(start);
        return Process.Start(start)!;
    }

    private int CountConnections()
    {
        string trace = Encoding.Unicode.GetString(File.ReadAllBytes(TracePath)) + Encoding.Unicode.GetString(File.ReadAllBytes(TracePath).AsSpan(1));
        File.Delete(TracePath);
        return new[] { "ConnectStart", "AcceptStart", "ResolutionStart" }.Sum(name => trace.Split(name).Length - 1);
    }
}
