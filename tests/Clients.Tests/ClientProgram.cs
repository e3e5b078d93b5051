using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace FineTune.Clients.Tests;

/// <summary>A program that uses one of Microsoft's clients, run to its end.</summary>
internal static class ClientProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    /// <summary>Runs it and returns the JSON of its last line. What it said goes into the failure if it fails.</summary>
    public static async Task<JsonElement> RunAsync(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // A proxy of this machine's own would come first.
        foreach (string name in start.Environment.Keys.Where(name => name.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (KeyValuePair<string, string> variable in environment)
        {
            start.Environment[variable.Key] = variable.Value;
        }

        using Process process = Process.Start(start)!;
        StringBuilder said = new();
        string? last = null;
        process.OutputDataReceived += (_, line) =>
        {
            lock (said)
            {
                last = string.IsNullOrWhiteSpace(line.Data) ? last : line.Data;
                said.AppendLine(line.Data);
            }
        };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (said)
            {
                said.AppendLine(line.Data);
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using CancellationTokenSource limit = new(Patience);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }

        await process.WaitForExitAsync(CancellationToken.None);
        lock (said)
        {
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{said}");
            Assert.NotNull(last);
            return JsonDocument.Parse(last[last.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
        }
    }

    /// <summary>A file beside the tests.</summary>
    public static string Script(params string[] parts) => Path.Combine([AppContext.BaseDirectory, .. parts]);
}
