namespace FineTune.LocalHost.Configuration;

/// <summary>How dropped datasets are looked for.</summary>
public sealed class DropSettings
{
    /// <summary>Between two looks, in real time. Default: half a second against Azurite, ten seconds against a real account, where each look costs.</summary>
    public TimeSpan? Interval { get; set; }

    /// <summary>How long a dropped dataset may still get its <c>run.json</c>, in real time. Default two seconds.</summary>
    public TimeSpan SettlingTime { get; set; } = TimeSpan.FromSeconds(2);
}
