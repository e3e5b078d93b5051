namespace FineTune.LocalHost.Hosting;

/// <summary>The clocks of a host.</summary>
/// <param name="Time">The clock of runs and of the simulated cloud.</param>
/// <param name="Speed">Its seconds in a real second; 1 when it is real, or jumps.</param>
/// <param name="Real">The real clock: for what has to do with this machine, such as looking for dropped blobs.</param>
internal sealed record HostClock(TimeProvider Time, double Speed, TimeProvider Real);
