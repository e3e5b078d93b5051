namespace FineTune.LocalHost.Hosting;

/// <summary>One thing that the host starts behind its listener, in order of registration, and stops in reverse.</summary>
/// <param name="name">Its name in <c>GET /api/health</c>.</param>
internal abstract class HostPart(string name)
{
    private static readonly Task<string> Never = new TaskCompletionSource<string>().Task;

    /// <summary>Its name in <c>GET /api/health</c>.</summary>
    public string Name => name;

    /// <summary>Ends when the part dies by itself, with why. Never ends for parts that can't.</summary>
    public virtual Task<string> Death => Never;

    /// <summary>Starts it.</summary>
    /// <param name="progress">Told what is going on, in sentences for a person.</param>
    /// <param name="stopping">Signalled when the host stops: ends the start, and whatever goes on in the background.</param>
    /// <returns>What it is, in a few words for a person.</returns>
    public abstract Task<string> StartAsync(IProgress<string> progress, CancellationToken stopping);

    /// <summary>Ends it, as far as it was started.</summary>
    /// <returns>When it has ended.</returns>
    public abstract Task StopAsync();
}
