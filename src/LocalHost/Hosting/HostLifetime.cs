using System.Diagnostics.CodeAnalysis;
using FineTune.Api;

namespace FineTune.LocalHost.Hosting;

/// <summary>
/// Starts the parts one after the other while the listener already answers, tells how far they are, and stops them in
/// reverse. A part that does not start, or dies, ends the host: half a host would only seem to work.
/// </summary>
internal sealed partial class HostLifetime : BackgroundService, IHostReadiness
{
    private readonly HostPart[] _parts;
    private readonly PartReadiness[] _readiness;
    private readonly IHostApplicationLifetime _application;
    private readonly ILogger<HostLifetime> _logger;
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HostLifetime(IEnumerable<HostPart> parts, IHostApplicationLifetime application, ILogger<HostLifetime> logger)
    {
        _parts = [.. parts];
        _readiness = [.. _parts.Select(part => new PartReadiness(part.Name, Ready: false))];
        _application = application;
        _logger = logger;
    }

    /// <summary>Told of each part as it changes. Set before the start.</summary>
    public Action<PartReadiness>? OnChanged { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<PartReadiness> Parts => _readiness;

    /// <summary>Ends when every part is up; fails with what kept one from it.</summary>
    public Task Started => _started.Task;

    /// <summary>Why the host ended by itself, or null.</summary>
    public string? Failure { get; private set; }

    /// <inheritdoc/>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever keeps a part from starting ends the host with its message.")]
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        int begun = 0;
        try
        {
            for (; begun < _parts.Length; begun++)
            {
                int index = begun;
                string detail = await _parts[index].StartAsync(new Reporter(text => Set(index, ready: false, text)), stoppingToken);
                Set(index, ready: true, detail);
            }

            _started.TrySetResult();
            string death = await await Task.WhenAny(_parts.Select(part => part.Death)).WaitAsync(stoppingToken);
            End(Array.Find(_parts, part => part.Death.IsCompleted)!.Name, death, null);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            _started.TrySetCanceled(stoppingToken);
        }
        catch (Exception error)
        {
            End(_parts[begun].Name, error.Message, error);
            _started.TrySetException(error);
        }
        finally
        {
            for (int i = Math.Min(begun, _parts.Length - 1); i >= 0; i--)
            {
                await StopAsync(_parts[i]);
            }
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The other parts must be stopped all the same.")]
    private async Task StopAsync(HostPart part)
    {
        try
        {
            await part.StopAsync();
        }
        catch (Exception error)
        {
            LogNotStopped(error, part.Name);
        }
    }

    private void End(string part, string message, Exception? error)
    {
        Failure = message;
        LogEnded(error, part, message);
        _application.StopApplication();
    }

    private void Set(int index, bool ready, string? detail)
    {
        // One reference at a time: readers see the part before or after, never between.
        PartReadiness part = _readiness[index] with { Ready = ready, Detail = detail };
        _readiness[index] = part;
        OnChanged?.Invoke(part);
    }

    [LoggerMessage(1, LogLevel.Debug, "The {Part} ended the host: {Reason}")]
    private partial void LogEnded(Exception? error, string part, string reason);

    [LoggerMessage(2, LogLevel.Error, "The {Part} could not be stopped in order.")]
    private partial void LogNotStopped(Exception error, string part);

    private sealed class Reporter(Action<string> report) : IProgress<string>
    {
        public void Report(string value) => report(value);
    }
}
