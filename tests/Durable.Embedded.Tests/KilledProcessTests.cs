using System.Diagnostics;
using System.Globalization;

namespace FineTune.Durable.Embedded.Tests;

public sealed class KilledProcessTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("killed-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_process_that_is_killed_again_and_again_loses_nothing()
    {
        int kills = 0;
        string? end = null;
        for (int patience = 1; end is null; patience += 2)
        {
            using Process process = Start();
            end = await ReadAsync(process, patience);
            if (end is null)
            {
                if (kills == 0)
                {
                    await AssertInUseAsync(process.Id);
                }

                // In the middle of an activity, or somewhere behind it.
                if (kills++ % 2 == 1)
                {
                    await AnswerAsync(process);
                }

                process.Kill();
            }

            await process.WaitForExitAsync();
        }

        Assert.True(kills >= 3, "The process ended before it was killed often enough.");
        Assert.Equal(FormattableString.Invariant($"Completed {Program.ExpectedOutput}"), end);
        int[] effects = [.. (await File.ReadAllLinesAsync(Path.Combine(_directory, "effects.txt"))).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
        Assert.Equal(
            Enumerable.Range(0, Program.Steps).Concat(Enumerable.Range(1000, Program.Steps)).Order(),
            effects.Distinct().Order());
        Assert.InRange(effects.Length, 2 * Program.Steps, (2 * Program.Steps) + kills);
    }

    /// <summary>Reads until the process has told of some effects, or its end.</summary>
    private static async Task<string?> ReadAsync(Process process, int effects)
    {
        while (await process.StandardOutput.ReadLineAsync() is string line)
        {
            if (line.StartsWith("Completed", StringComparison.Ordinal) || line.StartsWith("Failed", StringComparison.Ordinal))
            {
                return line;
            }

            if (--effects == 0)
            {
                return null;
            }

            await AnswerAsync(process);
        }

        throw new InvalidOperationException("The process ended by itself: " + await process.StandardError.ReadToEndAsync());
    }

    private static async Task AnswerAsync(Process process)
    {
        await process.StandardInput.WriteLineAsync();
        await process.StandardInput.FlushAsync();
    }

    private async Task AssertInUseAsync(int processId)
    {
        await using var engine = new DurableTaskEngine(
            new DurableTaskRegistry(), null!, new DurableTaskEngineOptions { DatabasePath = Path.Combine(_directory, "engine.db") });
        DataDirectoryInUseException e = await Assert.ThrowsAsync<DataDirectoryInUseException>(() => engine.StartAsync(CancellationToken.None));
        Assert.Equal(processId, e.ProcessId);
    }

    private Process Start()
    {
        string? host = Environment.ProcessPath;
        return Process.Start(new ProcessStartInfo
        {
            FileName = Path.GetFileNameWithoutExtension(host) == "dotnet" ? host! : "dotnet",
            ArgumentList = { "exec", typeof(Program).Assembly.Location, _directory },
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }
}
