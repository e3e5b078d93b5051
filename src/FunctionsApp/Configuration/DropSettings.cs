namespace FineTune.FunctionsApp.Configuration;

/// <summary>How dropped datasets become runs.</summary>
public sealed class DropSettings
{
    /// <summary>How long a dropped dataset may still get its <c>run.json</c>, zero to one hour. Default two seconds.</summary>
    public TimeSpan SettlingTime { get; set; } = TimeSpan.FromSeconds(2);
}
