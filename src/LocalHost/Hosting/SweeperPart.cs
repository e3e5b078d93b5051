using FineTune.LocalHost.Configuration;
using FineTune.Workflow;
using FineTune.Workflow.Contracts;
using FineTune.Workflow.Ports;

namespace FineTune.LocalHost.Hosting;

/// <summary>Sweeps expired endpoints away, at once and then at every interval.</summary>
internal sealed partial class SweeperPart(IServiceProvider services, HostSettings settings, HostClock clock, ILogger<SweeperPart> logger) : HostPart("sweeper")
{
    private Task _sweeping = Task.CompletedTask;

    public static void AddTo(IServiceCollection services) => services.AddSingleton<HostPart, SweeperPart>();

    /// <inheritdoc/>
    public override Task<string> StartAsync(IProgress<string> progress, CancellationToken stopping)
    {
        if (settings.Sweeper.Interval == TimeSpan.Zero)
        {
            return Task.FromResult("off");
        }

        _sweeping = RunAsync(new EndpointSweeper(services.GetRequiredService<IOnlineEndpoints>(), clock.Time), stopping);
        return Task.FromResult($"every {settings.Sweeper.Interval}");
    }

    /// <inheritdoc/>
    public override Task StopAsync() => _sweeping;

    private async Task RunAsync(EndpointSweeper sweeper, CancellationToken cancellationToken)
    {
        try
        {
            for (; ; await Task.Delay(settings.Sweeper.Interval, clock.Time, cancellationToken))
            {
                await SweepAsync(sweeper, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Asked to stop.
        }
    }

    private async Task SweepAsync(EndpointSweeper sweeper, CancellationToken cancellationToken)
    {
        try
        {
            SweepResult swept = await sweeper.SweepAsync(cancellationToken);
            foreach (string endpoint in swept.Deleted)
            {
                LogDeleted(endpoint);
            }

            foreach ((string endpoint, Failure failure) in swept.Failed)
            {
                LogFailed(endpoint, failure);
            }
        }
        catch (UpstreamException error)
        {
            LogNotListed(error.Failure);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Endpoint {Endpoint} was past its time to live and its run had not removed it: it is being deleted.")]
    private partial void LogDeleted(string endpoint);

    [LoggerMessage(2, LogLevel.Warning, "Endpoint {Endpoint} is past its time to live and can't be deleted: {Failure}. It is tried again.")]
    private partial void LogFailed(string endpoint, Failure failure);

    [LoggerMessage(3, LogLevel.Warning, "The endpoints could not be listed for expired ones: {Failure}. It is tried again.")]
    private partial void LogNotListed(Failure failure);
}
