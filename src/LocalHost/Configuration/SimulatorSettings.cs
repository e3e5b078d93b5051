namespace FineTune.LocalHost.Configuration;

/// <summary>The simulated workspace. Its state is in the data folder, under <c>cloud</c>.</summary>
public sealed class SimulatorSettings
{
    /// <summary>
    /// Its port on 127.0.0.1. Runs remember addresses of it, so that it must stay the same for a data folder: 0 takes a
    /// free one the first time and keeps it. Default 8471.
    /// </summary>
    public int Port { get; set; } = 8471;

    /// <summary>
    /// How long, in real time, a look at a job waits for training that simulated time has already passed. Default zero: the
    /// job simply runs on. For tests, whose time jumps.
    /// </summary>
    public TimeSpan TrainingWait { get; set; }
}
