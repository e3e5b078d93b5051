namespace FineTune.LocalHost.Configuration;

/// <summary>The sweeper, which deletes expired endpoints by their tags even if every run was lost.</summary>
public sealed class SweeperSettings
{
    /// <summary>Between two sweeps, in the host's time. Default five minutes; zero turns it off.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(5);
}
