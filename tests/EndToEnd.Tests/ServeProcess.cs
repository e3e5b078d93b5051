using System.Diagnostics;
using System.Text;
using FineTune.OpenApi;
using FineTune.Tests.Shared;

namespace FineTune.EndToEnd.Tests;

/// <summary>The real <c>finetune serve</c>, as a process that can be killed. What its simulator exchanges is held against the OpenAPI documents when it has ended.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task _reading;
    private readonly TaskCompletionSource<Uri> _api = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Uri> _blobs = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly string _exchanges;

    private ServeProcess(Process process, string exchanges)
    {
        _process = process;
        _exchanges = exchanges;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
        _ = _reading.ContinueWith(
            _ =>
            {
                var ended = new InvalidOperationException($"finetune serve ended. It said:\n{_output}");
                _api.TrySetException(ended);
                _blobs.TrySetException(ended);
            },
            TaskScheduler.Default);
    }

    /// <summary>Where its API answers.</summary>
    public Task<Uri> Api => _api.Task;

    /// <summary>Where its Azurite answers.</summary>
    public Task<Uri> Blobs => _blobs.Task;

    public static ServeProcess Start(string data, double speed)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in (string[])
            [Path.Combine(AppContext.BaseDirectory, "finetune.dll"), "serve", "--port", "0", "--data", data, "--speed", $"{speed}"])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["FineTune__Storage__AzuritePort"] = "0";
        start.Environment["FineTune__Simulator__Port"] = "0";
        string exchanges = Path.Combine(Path.GetTempPath(), $"finetune-exchanges-{Guid.NewGuid():N}");
        if (OpenApiContractTests.Contract is not null)
        {
            new ExchangeFile(exchanges).AddTo(start.Environment);
        }

        return new ServeProcess(Process.Start(start)!, exchanges);
    }

    /// <summary>SIGKILL: no clean-up, no farewell.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        await _reading;
        _process.Dispose();
        foreach (Exchange exchange in new ExchangeFile(_exchanges).Read())
        {
            OpenApiContractTests.Contract!.Check(exchange);
        }

        File.Delete(_exchanges);
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_output)
            {
                _output.AppendLine(line);
            }

            if (Address(line, "Listening") is { } api)
            {
                _api.TrySetResult(new Uri(api.GetLeftPart(UriPartial.Authority)));
            }
            else if (Address(line, "Storage    Azurite at") is { } blobs)
            {
                _blobs.TrySetResult(blobs);
            }
        }
    }

    private static Uri? Address(string line, string label) =>
        line.StartsWith(label, StringComparison.Ordinal) ? new Uri(line[label.Length..].Trim()) : null;
}
